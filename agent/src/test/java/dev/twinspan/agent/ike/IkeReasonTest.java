package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.TrafficSelector;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.SimNode;
import dev.twinspan.agent.sim.World;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the operator reads when it does not work: which, what each side offered, which setting. */
class IkeReasonTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final TwoEngines two = new TwoEngines();

  private IkeReason leftFails() {
    return fails(two.left, "right");
  }

  private IkeReason rightFails() {
    return fails(two.right, "left");
  }

  private IkeReason fails(SimNode node, String peer) {
    assertThat(two.world.runUntil(() -> node.view(peer).state() == IkeState.FAILED, PATIENCE))
        .as("FAILED within 10 s")
        .isTrue();
    return node.view(peer).reason();
  }

  // --- nobody there -----------------------------------------------------------------------------

  @Test
  void shouldNameAddressAndPortsWhenNothingAnswers() {
    two.left.configure(two.ofLeft().build());
    two.right.crash();
    IkeReason reason = leftFails();

    assertThat(reason.code()).isEqualTo("no-answer");
    assertThat(reason.sentence()).contains("192.0.2.2", "UDP port 500", "4500");
    assertThat(reason.details()).containsEntry("ports", "UDP 500 and 4500");
  }

  @Test
  void shouldTellThatOnlyPort4500IsBlocked() {
    two.world.network().eat(datagram -> datagram.to().getPort() == 4500);
    two.start(two.ofLeft(), two.ofRight());
    IkeReason reason = leftFails();

    assertThat(reason.code()).isEqualTo("no-answer");
    assertThat(reason.sentence()).contains("answers on UDP port 500 but not on UDP port 4500");
    assertThat(reason.details()).containsEntry("ports", "UDP 4500");
  }

  // --- pre-shared key ---------------------------------------------------------------------------

  @Test
  void shouldNameThePskOnBothSidesWhenItDiffers() {
    two.start(two.ofLeft().secret("one"), two.ofRight().secret("another"));
    IkeReason opener = leftFails();
    IkeReason answerer = rightFails();

    assertThat(opener.code()).isEqualTo("psk-mismatch");
    assertThat(opener.sentence()).contains("192.0.2.2", "AUTHENTICATION_FAILED", "psk", "local-id");
    assertThat(opener.details()).containsEntry("setting", "psk");
    assertThat(answerer.code()).isEqualTo("psk-mismatch");
    assertThat(answerer.sentence()).contains("192.0.2.1", "set psk to the same secret");
    assertThat(answerer.details()).containsEntry("setting", "psk");
    assertThat(opener.sentence() + answerer.sentence()).doesNotContain("one\"", "another\"");
  }

  // --- identity ---------------------------------------------------------------------------------

  @Test
  void shouldNameTheIdentitySeenAndTheOneExpectedAsResponder() {
    two.start(two.ofLeft().localId(IkeId.of(World.address("10.1.1.4"))), two.ofRight());
    IkeReason reason = rightFails();

    assertThat(reason.code()).isEqualTo("wrong-identity");
    assertThat(reason.sentence()).contains("10.1.1.4", "192.0.2.1", "remote-id");
    assertThat(reason.details())
        .containsEntry("identity seen", "10.1.1.4 (ID_IPV4_ADDR)")
        .containsEntry("identity expected", "192.0.2.1 (ID_IPV4_ADDR)")
        .containsEntry("setting", "remote-id");
    assertThat(leftFails().sentence()).contains("local-id", "10.1.1.4");
  }

  /** We name the peer wrongly; it refuses; asked without a name it tells its own. */
  @Test
  void shouldFindOutTheIdentityOfAResponderThatRefusesTheWrongName() {
    two.start(two.ofLeft().remoteId(IkeId.fqdn("gw.example")), two.ofRight());
    assertThat(
            two.world.runUntil(
                () -> two.leftView().reason().code().equals("wrong-identity"), PATIENCE))
        .isTrue();
    IkeReason reason = two.leftView().reason();

    assertThat(reason.details())
        .containsEntry("identity seen", "192.0.2.2 (ID_IPV4_ADDR)")
        .containsEntry("identity expected", "gw.example (ID_FQDN)")
        .containsEntry("setting", "remote-id");
    two.world.run(Duration.ofSeconds(30));
    assertThat(two.leftView().reason()).as("stays in view").isEqualTo(reason);
    assertThat(two.leftView().ikeSas()).isZero();
    assertThat(two.rightView().ikeSas()).as("told to forget it").isZero();
    assertThat(two.rightView().reason().details())
        .containsEntry("identity asked for", "gw.example (ID_FQDN)")
        .containsEntry("setting", "local-id");
  }

  // --- proposals --------------------------------------------------------------------------------

  @Test
  void shouldShowBothIkeOffersSideBySideWhereBothAreKnown() {
    two.start(two.ofLeft().ike(Peers.WEAK), two.ofRight().ike(Peers.STRONG, Peers.MIDDLE));
    IkeReason opener = leftFails();
    IkeReason answerer = rightFails();

    assertThat(answerer.code()).isEqualTo("no-proposal-chosen");
    assertThat(answerer.details())
        .containsEntry("IKE, peer", "AES256/SHA1/DHGroup2")
        .containsEntry(
            "IKE, here (policy test)", "GCMAES256/SHA384/ECP384, AES256/SHA256/DHGroup14")
        .containsEntry("setting", "policy");
    assertThat(opener.code()).isEqualTo("no-proposal-chosen");
    assertThat(opener.details())
        .containsEntry("IKE, here (policy test)", "AES256/SHA1/DHGroup2")
        .containsEntry("IKE, peer", "not told: it only refuses");
    assertThat(opener.sentence()).contains("ikeEncryption", "ikeIntegrity", "dhGroup");
  }

  @Test
  void shouldShowBothEspOffersSideBySideWhereBothAreKnown() {
    two.start(two.ofLeft().esp(Peers.CBC), two.ofRight().esp(Peers.GCM));
    IkeReason opener = leftFails();
    IkeReason answerer = rightFails();

    assertThat(answerer.code()).isEqualTo("no-proposal-chosen");
    assertThat(answerer.details())
        .containsEntry("ESP, peer", "AES256/SHA256")
        .containsEntry("ESP, here (policy test)", "GCMAES256/GCMAES256");
    assertThat(opener.code()).isEqualTo("no-proposal-chosen");
    assertThat(opener.sentence()).contains("ipsecEncryption", "ipsecIntegrity", "pfsGroup");
    two.world.run(Duration.ofSeconds(1));
    assertThat(two.leftView().ikeSas()).as("no IKE SA left without a CHILD SA").isZero();
    assertThat(two.rightView().ikeSas()).isZero();
  }

  // --- selectors --------------------------------------------------------------------------------

  @Test
  void shouldShowBothSelectorsWhenTheyDoNotFit() {
    TrafficSelector site = Peers.selector("192.168.50.0", "192.168.50.255");
    TrafficSelector other = Peers.selector("192.168.60.0", "192.168.60.255");
    two.start(
        two.ofLeft().selectors(List.of(site), Peers.any()),
        two.ofRight().selectors(Peers.any(), List.of(other)));
    IkeReason opener = leftFails();
    IkeReason answerer = rightFails();

    assertThat(answerer.code()).isEqualTo("ts-unacceptable");
    assertThat(answerer.details())
        .containsEntry("remote, peer's offer", "192.168.50.0/24")
        .containsEntry("remote, here", "192.168.60.0/24")
        .containsEntry("local, peer's offer", "0.0.0.0/0")
        .containsEntry("setting", "traffic-selectors");
    assertThat(opener.code()).isEqualTo("ts-unacceptable");
    assertThat(opener.sentence()).contains("192.168.50.0/24", "traffic-selectors");
  }

  // --- staying in view --------------------------------------------------------------------------

  @Test
  void shouldKeepTheTellingReasonWhileThePeerFallsSilent() {
    two.start(two.ofLeft().secret("one"), two.ofRight().secret("another"));
    leftFails();
    two.right.crash();
    two.world.run(Duration.ofSeconds(30));
    assertThat(two.leftView().reason().code()).isEqualTo("psk-mismatch");

    two.world.run(Duration.ofMinutes(2));
    assertThat(two.leftView().reason().code()).as("in the end").isEqualTo("no-answer");
  }

  @Test
  void shouldTellEachReasonOnceWhileItRetries() {
    two.start(two.ofLeft().secret("one"), two.ofRight().secret("another"));
    two.world.run(Duration.ofMinutes(2));

    assertThat(TwoEngines.codes(two.right)).containsExactly("waiting-for-peer", "psk-mismatch");
    assertThat(TwoEngines.reasons(two.left)).hasSize(3).doesNotHaveDuplicates();
  }

  @Test
  void shouldNotLetAFailedAttemptTouchAWorkingTunnel() {
    ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.config().build()).establish();
    ScriptedPeer impostor = new ScriptedPeer(peer.engine);
    impostor.init();
    List<Payload> answer =
        impostor.request(
            ExchangeType.IKE_AUTH,
            impostor.authPayloads(
                IkeId.of(ScriptedPeer.Ends.PEER),
                "a guess",
                Payloads.notify(NotifyType.INITIAL_CONTACT)));

    assertThat(Payloads.notification(answer, NotifyType.AUTHENTICATION_FAILED)).isNotNull();
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(peer.view().reason().code()).isEqualTo("established");
    assertThat(peer.view().ikeSas()).isEqualTo(1);
  }
}
