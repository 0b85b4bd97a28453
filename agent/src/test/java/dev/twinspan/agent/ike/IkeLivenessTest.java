package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.sim.Invariants;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is gone is noticed, who says goodbye is believed, and the way back is found. */
class IkeLivenessTest {
  private final TwoEngines two = new TwoEngines();

  @Test
  void shouldCheckASilentPeerAndOnlyThen() {
    two.start(
        two.ofLeft().liveness(Duration.ofSeconds(10), Duration.ofSeconds(45)),
        two.ofRight().liveness(Duration.ofHours(1), Duration.ofHours(1)));
    two.reach();
    long afterHandshake = two.left.sent();
    two.world.run(Duration.ofSeconds(9));
    assertThat(two.left.sent()).isEqualTo(afterHandshake);
    two.world.run(Duration.ofSeconds(2));
    assertThat(two.left.sent()).isEqualTo(afterHandshake + 1);

    two.world.every(Duration.ofSeconds(1), two.right::sendEsp);
    two.world.run(Duration.ofMinutes(5));
    assertThat(two.left.sent()).as("inbound ESP is proof of life").isEqualTo(afterHandshake + 1);
  }

  @Test
  void shouldGiveUpADeadPeerAfterTheTimeoutAndCallAtOnce() {
    two.up();
    two.right.crash();
    two.world.run(Duration.ofSeconds(10 + 44));
    assertThat(two.leftView().state()).isEqualTo(IkeState.ESTABLISHED);
    two.world.run(Duration.ofSeconds(2));

    assertThat(two.leftView().state()).isEqualTo(IkeState.CONNECTING);
    assertThat(two.leftView().reason().code()).isEqualTo("liveness-timeout");
    assertThat(two.leftView().reason().sentence()).contains("192.0.2.2", "45 s", "dpd-timeout");
    assertThat(two.left.installed()).isEmpty();
    two.world.run(Duration.ofSeconds(8));
    assertThat(two.leftView().reason().code()).isEqualTo("no-answer");

    two.right.restart();
    assertThat(two.world.runUntil(two::bothUp, Duration.ofSeconds(18))).isTrue();
    Invariants.settled(two.world);
  }

  /** Its address may have another owner, who knows nothing of what stands and says so to nobody. */
  @Test
  void shouldOpenBesideASilentIkeSaAndSendOnTheFreshOne() {
    two.up();
    two.right.crash();
    two.right.restart();
    two.left.ask((engine, now) -> engine.openBeside(now, "right"));

    assertThat(two.world.runUntil(two::bothUp, Duration.ofSeconds(1))).isTrue();
    assertThat(TwoEngines.codes(two.left)).doesNotContain("liveness-timeout");
    two.world.run(Duration.ofMinutes(3));
    assertThat(two.leftView().state()).isEqualTo(IkeState.ESTABLISHED);
    Invariants.settled(two.world);
  }

  @Test
  void shouldCallAPeerThatStoodUntilLatelyAgainAndAgain() {
    two.up();
    two.right.crash();
    two.world.run(Duration.ofSeconds(150));
    two.right.restart();

    assertThat(two.world.runUntil(two::bothUp, Duration.ofMillis(1_500))).isTrue();
  }

  /** Else the operator's drained tunnel is back as soon as a peer that dials too has noticed. */
  @Test
  void shouldNotLetThePeerOpenWhatIsPaused() {
    IkePeer.Role both = IkePeer.Role.INITIATE_AND_RESPOND;
    two.start(two.ofLeft().role(both), two.ofRight().role(both));
    two.reach();
    two.left.ask((engine, now) -> engine.pause(now, "right"));
    two.world.run(Duration.ofMinutes(2));

    assertThat(two.left.installed()).isEmpty();
    assertThat(two.leftView().state()).isEqualTo(IkeState.IDLE);
    assertThat(two.left.drops("peer-not-to-open")).isPositive();

    two.left.ask((engine, now) -> engine.resume(now, "right"));
    two.reach();
  }

  /** Found by the simulator of the appliance. */
  @Test
  void shouldNotLetAHandshakeUnderWayOpenWhatWasPausedMeanwhile() {
    two.start(
        two.ofLeft().role(IkePeer.Role.RESPOND_ONLY),
        two.ofRight().role(IkePeer.Role.INITIATE_AND_RESPOND));
    assertThat(two.world.runUntil(() -> two.left.sent() == 1, Duration.ofSeconds(5))).isTrue();
    two.left.ask((engine, now) -> engine.pause(now, "right"));
    two.world.run(Duration.ofMinutes(2));

    assertThat(two.left.installed()).isEmpty();
    assertThat(two.leftView().state()).isEqualTo(IkeState.IDLE);
  }

  /** Found by the simulator of the appliance: a reload opened what the operator had drained. */
  @Test
  void shouldStayPausedWhenItsSettingsChange() {
    two.up();
    two.left.ask((engine, now) -> engine.pause(now, "right"));
    two.world.run(Duration.ofSeconds(1));
    two.left.configure(two.ofLeft().liveness(Duration.ofSeconds(3), Duration.ofSeconds(9)).build());
    two.world.run(Duration.ofMinutes(1));

    assertThat(two.left.installed()).isEmpty();
    assertThat(two.leftView().state()).isEqualTo(IkeState.IDLE);

    two.left.ask((engine, now) -> engine.resume(now, "right"));
    two.reach();
  }

  @Test
  void shouldSurviveAShortOutage() {
    two.up();
    int spi = two.left.outbound("right");
    two.world.network().cut(two.right.address());
    two.world.run(Duration.ofSeconds(40));
    two.world.network().heal();
    two.world.run(Duration.ofSeconds(10));

    assertThat(two.left.outbound("right")).isEqualTo(spi);
    assertThat(TwoEngines.codes(two.left)).containsExactly("connecting", "established");
  }

  @Test
  void shouldRetransmitFastAtFirstAndSlowerThen() {
    two.up();
    two.world.run(Duration.ofSeconds(5));
    two.right.crash();
    long before = two.left.sent();
    two.world.run(Duration.ofSeconds(8));
    assertThat(two.left.sent() - before).as("0, 0.5, 1.5 s into the check").isBetween(3L, 4L);
    two.world.run(Duration.ofSeconds(40));
    assertThat(two.left.sent() - before).isBetween(11L, 14L);
  }

  @Test
  void shouldComeBackAfterThePeerSaidGoodbyeButNotInTheSameBreath() {
    two.up();
    two.right.shutdown();
    two.world.run(Duration.ofMillis(10));
    assertThat(two.leftView().state()).isEqualTo(IkeState.CONNECTING);
    assertThat(two.leftView().reason().code()).isEqualTo("peer-deleted");
    assertThat(two.left.installed()).isEmpty();
    long sent = two.left.sent();
    two.world.run(Duration.ofMillis(200));
    assertThat(two.left.sent()).isEqualTo(sent);

    two.right.restart();
    assertThat(two.world.runUntil(two::bothUp, Duration.ofMillis(1_500))).isTrue();
  }

  @Test
  void shouldBackOffFromAPeerThatAlwaysSaysGoodbye() {
    two.up();
    for (int i = 0; i < 20; i++) {
      two.right.reset("left");
      two.world.runUntil(two::bothUp, Duration.ofSeconds(11));
      two.world.run(Duration.ofMillis(100));
    }
    long established =
        TwoEngines.codes(two.left).stream().filter(code -> code.equals("established")).count();

    assertThat(established).isGreaterThan(10);
    assertThat(two.world.now()).as("20 rounds take their time").isGreaterThan(60_000_000_000L);
  }

  @Test
  void shouldWaitForThePeerWhenItMayOnlyRespond() {
    two.up();
    two.left.crash();
    two.world.run(Duration.ofSeconds(60));

    assertThat(two.rightView().state()).isEqualTo(IkeState.IDLE);
    assertThat(two.rightView().reason().code()).isEqualTo("liveness-timeout");
    long sent = two.right.sent();
    two.world.run(Duration.ofMinutes(10));
    assertThat(two.right.sent()).isEqualTo(sent);
  }

  @Test
  void shouldAskForANewChildOnTheSameIkeSaWhenThePeerDeletesTheLast() {
    ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.config().build()).establish();
    peer.rekeyedByEngine(); // who has rekeyed last is the initiator, and so the one to ask
    peer.request(
        ExchangeType.INFORMATIONAL,
        List.of(new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Payloads.spi(peer.childSpi)))));
    assertThat(peer.view().reason().code()).isEqualTo("child-deleted");
    assertThat(peer.requests(peer.pass(ScriptedPeer.SECOND / 2))).isEmpty();
    List<IkeMessage> asked = peer.requests(peer.pass(ScriptedPeer.SECOND));

    assertThat(asked)
        .isNotEmpty()
        .allSatisfy(
            message -> {
              assertThat(message.header().exchange()).isEqualTo(ExchangeType.CREATE_CHILD_SA);
              assertThat(Payloads.notification(message.payloads(), NotifyType.REKEY_SA)).isNull();
            });
    peer.answer(asked.getFirst(), peer.childAnswer(asked.getFirst(), 7_777));
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(peer.view().children()).singleElement().matches(c -> c.outboundSpi() == 7_777);
  }

  @Test
  void shouldDeleteAnIkeSaThatStaysWithoutChild() {
    ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.config().build()).establish();
    peer.request(
        ExchangeType.INFORMATIONAL,
        List.of(new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Payloads.spi(peer.childSpi)))));
    List<IkeMessage> asked = peer.requests(peer.pass(Timing.CHILDLESS_PATIENCE));

    assertThat(asked.getLast().payloads())
        .singleElement()
        .isEqualTo(new Payload.Delete(Proposal.PROTOCOL_IKE, List.of()));
  }
}
