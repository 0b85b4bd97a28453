package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.ScriptedPeer.Ends;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.World;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The engine as responder, message by message. */
class IkeResponderTest {
  private final ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.config().build());

  private static int error(List<Payload> answer) {
    Payload.Notify notify = Payloads.error(answer);
    return notify == null ? 0 : notify.type();
  }

  // --- IKE_SA_INIT ------------------------------------------------------------------------------

  @Test
  void shouldAnswerARepeatedInitByteForByteAndOnce() {
    peer.init();
    List<byte[]> again = ScriptedPeer.sent(peer.deliver(peer.initRequest));

    assertThat(again).containsExactly(peer.initResponse);
  }

  @Test
  void shouldSayNothingToAnUnknownAddressWhenNobodyMayComeFromAnywhere() {
    ScriptedPeer closed =
        new ScriptedPeer(ScriptedPeer.config().role(IkePeer.Role.INITIATE_ONLY).build());
    byte[] init = closed.initRequest(closed.initPayloads());
    InetSocketAddress stranger = new InetSocketAddress(World.address("203.0.113.77"), 500);

    assertThat(closed.deliver(stranger, init)).isEmpty();
    assertThat(closed.deliver(init)).isEmpty();
    assertThat(closed.drops("unknown-peer")).isEqualTo(1);
    assertThat(closed.drops("peer-not-to-open")).isEqualTo(1);
  }

  @Test
  void shouldDemandACookieAboveTheThresholdAndTakeItBack() {
    for (int i = 0; i < Timing.COOKIE_THRESHOLD_PER_ADDRESS; i++) {
      flood(i);
    }
    List<Payload> payloads = peer.initPayloads();
    byte[] first = ScriptedPeer.sent(peer.deliver(peer.initRequest(payloads))).getFirst();
    Payload.Notify demanded =
        Payloads.notification(
            ScriptedPeer.decoded(IkeCodec.decode(first)).payloads(), NotifyType.COOKIE);
    assertThat(demanded).isNotNull();

    List<Payload> withWrong = new ArrayList<>(payloads);
    withWrong.addFirst(Payloads.notify(NotifyType.COOKIE, new byte[25]));
    byte[] second = ScriptedPeer.sent(peer.deliver(peer.initRequest(withWrong))).getFirst();
    assertThat(
            Payloads.notification(
                ScriptedPeer.decoded(IkeCodec.decode(second)).payloads(), NotifyType.COOKIE))
        .isNotNull();

    List<Payload> withRight = new ArrayList<>(payloads);
    withRight.addFirst(Payloads.notify(NotifyType.COOKIE, demanded.data()));
    peer.initRequest = peer.initRequest(withRight);
    peer.keyed(ScriptedPeer.sent(peer.deliver(peer.initRequest)).getFirst());
    List<Payload> answer =
        peer.request(
            ExchangeType.IKE_AUTH,
            peer.authPayloads(IkeId.of(Ends.PEER), "correct horse battery staple"));
    assertThat(Payloads.first(answer, Payload.Authentication.class)).isNotNull();
    assertThat(peer.drops("cookie-demanded")).isEqualTo(1);
    assertThat(peer.drops("cookie-wrong")).isEqualTo(1);
  }

  private void flood(int i) {
    InetSocketAddress from = new InetSocketAddress(Ends.PEER, 10_000 + i);
    peer.deliver(from, peer.initRequest(peer.initPayloads()));
  }

  @Test
  void shouldKeepHalfOpenSasBoundedAndForgetThem() {
    ScriptedPeer open = new ScriptedPeer(ScriptedPeer.config().build());
    int answered = 0;
    for (int i = 0; i < 50_000; i++) {
      InetSocketAddress from =
          new InetSocketAddress(World.address("100.64." + i / 256 % 256 + "." + i % 256), 500);
      List<byte[]> answers =
          ScriptedPeer.sent(open.deliver(from, open.initRequest(open.initPayloads())));
      boolean cookie =
          answers.size() == 1
              && Payloads.notification(
                      ScriptedPeer.decoded(IkeCodec.decode(answers.getFirst())).payloads(),
                      NotifyType.COOKIE)
                  != null;
      answered += cookie ? 0 : answers.size();
      open.actions.clear();
    }
    assertThat(answered).isEqualTo(Timing.COOKIE_THRESHOLD);

    open.pass(Timing.HALF_OPEN_LIFETIME);
    assertThat(open.drops("half-open-expired")).isEqualTo(Timing.COOKIE_THRESHOLD);
    open.establish(); // and a real peer gets through afterwards
    assertThat(open.view().state()).isEqualTo(IkeState.ESTABLISHED);
  }

  /** Senders that prove their address by the cookie are still only so many. */
  @Test
  void shouldKeepHalfOpenSasBoundedAlsoWhenCookiesComeBack() {
    for (int i = 0; i < 2 * Timing.HALF_OPEN_LIMIT; i++) {
      InetSocketAddress from =
          new InetSocketAddress(World.address("100.64." + i / 256 + "." + i % 256), 500);
      List<Payload> payloads = new ArrayList<>(peer.initPayloads());
      byte[] answer = ScriptedPeer.sent(peer.deliver(from, peer.initRequest(payloads))).getFirst();
      Payload.Notify cookie =
          Payloads.notification(
              ScriptedPeer.decoded(IkeCodec.decode(answer)).payloads(), NotifyType.COOKIE);
      if (cookie != null) {
        payloads.addFirst(Payloads.notify(NotifyType.COOKIE, cookie.data()));
        peer.deliver(from, peer.initRequest(payloads));
      }
    }
    assertThat(peer.drops("half-open-limit")).isEqualTo(Timing.HALF_OPEN_LIMIT);

    // The configured peer has a share of its own: with a cookie it gets through.
    List<Payload> payloads = new ArrayList<>(peer.initPayloads());
    byte[] answer = ScriptedPeer.sent(peer.deliver(peer.initRequest(payloads))).getFirst();
    Payload.Notify cookie =
        Payloads.notification(
            ScriptedPeer.decoded(IkeCodec.decode(answer)).payloads(), NotifyType.COOKIE);
    assertThat(cookie).isNotNull();
    payloads.addFirst(Payloads.notify(NotifyType.COOKIE, cookie.data()));
    assertThat(ScriptedPeer.sent(peer.deliver(peer.initRequest(payloads)))).hasSize(1);
    assertThat(peer.drops("half-open-limit")).isEqualTo(Timing.HALF_OPEN_LIMIT);
  }

  @Test
  void shouldAskForTheGroupOfItsPolicy() {
    List<Payload> payloads = new ArrayList<>(peer.initPayloads());
    payloads.set(
        1,
        new Payload.KeyExchange(
            Peers.WEAK.group().id(), new byte[Peers.WEAK.group().shareLength()]));
    byte[] answer = ScriptedPeer.sent(peer.deliver(peer.initRequest(payloads))).getFirst();
    Payload.Notify notify =
        Payloads.notification(
            ScriptedPeer.decoded(IkeCodec.decode(answer)).payloads(),
            NotifyType.INVALID_KE_PAYLOAD);

    assertThat(notify).isNotNull();
    assertThat(Payloads.wantedGroup(notify)).isEqualTo(Peers.STRONG.group().id());
  }

  // --- windows ----------------------------------------------------------------------------------

  @Test
  void shouldAnswerARepeatedRequestByteForByte() {
    peer.establish();
    byte[] request = peer.seal(ExchangeType.INFORMATIONAL, false, peer.nextId++, List.of());
    byte[] first = ScriptedPeer.sent(peer.deliver(request)).getFirst();

    assertThat(ScriptedPeer.sent(peer.deliver(request))).containsExactly(first);
  }

  @Test
  void shouldNotInstallTwiceWhenIkeAuthIsRepeated() {
    peer.init();
    byte[] auth =
        peer.seal(
            ExchangeType.IKE_AUTH,
            false,
            peer.nextId++,
            peer.authPayloads(IkeId.of(Ends.PEER), "correct horse battery staple"));
    List<IkeAction> first = peer.deliver(auth);
    List<IkeAction> second = peer.deliver(auth);

    assertThat(first).filteredOn(IkeAction.InstallChild.class::isInstance).hasSize(1);
    assertThat(second).hasSize(1).allMatch(IkeAction.Send.class::isInstance);
    assertThat(ScriptedPeer.sent(second)).isEqualTo(ScriptedPeer.sent(first));
  }

  @Test
  void shouldDropAndCountRequestsOutsideTheWindow() {
    peer.establish();
    peer.request(ExchangeType.INFORMATIONAL, List.of());
    int next = peer.nextId;

    assertThat(peer.deliver(peer.seal(ExchangeType.INFORMATIONAL, false, next - 2, List.of())))
        .isEmpty();
    assertThat(peer.deliver(peer.seal(ExchangeType.INFORMATIONAL, false, next + 1, List.of())))
        .isEmpty();
    assertThat(peer.drops("old-message-id")).isEqualTo(1);
    assertThat(peer.drops("beyond-window")).isEqualTo(1);
  }

  @Test
  void shouldDropResponsesToNothing() {
    peer.establish();

    assertThat(peer.deliver(peer.seal(ExchangeType.INFORMATIONAL, true, 0, List.of()))).isEmpty();
    assertThat(peer.drops("unexpected-response")).isEqualTo(1);
  }

  // --- INFORMATIONAL ----------------------------------------------------------------------------

  @Test
  void shouldAnswerALivenessCheckAndIgnoreUnknownNotifications() {
    peer.establish();

    assertThat(peer.request(ExchangeType.INFORMATIONAL, List.of())).isEmpty();
    assertThat(
            peer.request(
                ExchangeType.INFORMATIONAL,
                List.of(
                    new Payload.Notify(0, new byte[0], 40_999, new byte[7]),
                    new Payload.Notify(0, new byte[0], 999, new byte[0]))))
        .isEmpty();
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
  }

  @Test
  void shouldAnswerTheDeleteOfAChildWithThePairedSpi() {
    peer.establish();
    List<Payload> answer =
        peer.request(
            ExchangeType.INFORMATIONAL,
            List.of(
                new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Payloads.spi(peer.childSpi)))));

    assertThat(answer).hasSize(1);
    Payload.Delete paired = (Payload.Delete) answer.getFirst();
    assertThat(paired.protocol()).isEqualTo(Proposal.PROTOCOL_ESP);
    assertThat(paired.spis()).containsExactly(Payloads.spi(peer.engineChildSpi));
    assertThat(peer.actions)
        .contains(new IkeAction.RemoveChild("peer", peer.engineChildSpi, "child-deleted"));
    assertThat(peer.view().state()).isEqualTo(IkeState.IDLE);
    assertThat(peer.view().reason().code()).isEqualTo("child-deleted");
  }

  @Test
  void shouldIgnoreTheDeleteOfAnUnknownChild() {
    peer.establish();

    assertThat(
            peer.request(
                ExchangeType.INFORMATIONAL,
                List.of(new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Payloads.spi(4711))))))
        .isEmpty();
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
  }

  @Test
  void shouldAnswerTheDeleteOfTheIkeSaAlsoWhenRepeated() {
    peer.establish();
    byte[] delete =
        peer.seal(
            ExchangeType.INFORMATIONAL,
            false,
            peer.nextId++,
            List.of(new Payload.Delete(Proposal.PROTOCOL_IKE, List.of())));
    List<byte[]> first = ScriptedPeer.sent(peer.deliver(delete));
    List<byte[]> second = ScriptedPeer.sent(peer.deliver(delete));

    assertThat(first).hasSize(1);
    assertThat(second).isEqualTo(first);
    assertThat(peer.view().ikeSas()).isZero();
    assertThat(peer.view().reason().code()).isEqualTo("peer-deleted");
    peer.pass(Timing.GONE_LIFETIME);
    List<Payload> stray =
        ScriptedPeer.decoded(IkeCodec.decode(ScriptedPeer.sent(peer.deliver(delete)).getFirst()))
            .payloads();
    assertThat(error(stray)).isEqualTo(NotifyType.INVALID_IKE_SPI);
    assertThat(peer.drops("unknown-spi")).isEqualTo(1);
  }

  @Test
  void shouldEndTheIkeSaOnABrokenMessageOnlyWhenItIsAuthentic() {
    peer.establish();
    byte[] broken = RawSk.broken(peer, peer.nextId);
    byte[] forged = broken.clone();
    forged[broken.length - 20] ^= 1;

    assertThat(peer.deliver(forged)).isEmpty();
    assertThat(peer.drops("unauthenticated")).isEqualTo(1);
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);

    List<byte[]> answers = ScriptedPeer.sent(peer.deliver(broken));
    assertThat(error(peer.open(answers.getFirst()).payloads()))
        .isEqualTo(NotifyType.INVALID_SYNTAX);
    assertThat(peer.view().ikeSas()).isZero();
    assertThat(peer.view().reason().code()).isEqualTo("invalid-syntax");
  }

  @Test
  void shouldTellTheOneUnknownCriticalPayloadAndGoOn() {
    peer.establish();
    byte[] request = RawSk.critical(peer, peer.nextId++);
    List<byte[]> answers = ScriptedPeer.sent(peer.deliver(request));

    assertThat(answers).hasSize(1);
    IkeMessage answer = peer.open(answers.getFirst());
    assertThat(error(answer.payloads())).isEqualTo(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD);
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(peer.request(ExchangeType.INFORMATIONAL, List.of())).isEmpty();
  }

  // --- CREATE_CHILD_SA --------------------------------------------------------------------------

  private List<Payload> child(int spi, Payload... more) {
    List<Payload> payloads = new ArrayList<>(List.of(more));
    payloads.add(
        new Payload.SecurityAssociation(Negotiation.offerEsp(List.of(Peers.GCM), spi, true)));
    payloads.add(new Payload.Nonce(peer.crypto.random(32)));
    payloads.add(new Payload.TrafficSelectors(true, Peers.any()));
    payloads.add(new Payload.TrafficSelectors(false, Peers.any()));
    return payloads;
  }

  private static Payload rekeyOf(int spi) {
    return Payloads.notifyChild(NotifyType.REKEY_SA, Payloads.spi(spi));
  }

  @Test
  void shouldGoOnSendingOnTheOldChildUntilThePeerDeletesIt() {
    peer.establish();
    int before = peer.actions.size();
    List<Payload> answer =
        peer.request(ExchangeType.CREATE_CHILD_SA, child(5_000, rekeyOf(peer.childSpi)));
    assertThat(error(answer)).isZero();
    List<IkeAction> onRekey = peer.actions.subList(before, peer.actions.size());
    assertThat(onRekey).anyMatch(IkeAction.InstallChild.class::isInstance);
    assertThat(onRekey).noneMatch(IkeAction.UseOutbound.class::isInstance);

    Payload delete =
        new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Payloads.spi(peer.childSpi)));
    int beforeDelete = peer.actions.size();
    peer.request(ExchangeType.INFORMATIONAL, List.of(delete));

    assertThat(peer.actions.subList(beforeDelete, peer.actions.size()))
        .anyMatch(IkeAction.UseOutbound.class::isInstance)
        .noneMatch(IkeAction.RemoveChild.class::isInstance); // receives a little longer
    assertThat(peer.pass(Timing.LINGER))
        .contains(new IkeAction.RemoveChild("peer", peer.engineChildSpi, "child-deleted"));
    assertThat(peer.view().children()).hasSize(1);
  }

  @Test
  void shouldSendOnTheNewChildAfterAWhileWhenNoDeleteComes() {
    peer.establish();
    peer.request(ExchangeType.CREATE_CHILD_SA, child(5_000, rekeyOf(peer.childSpi)));

    assertThat(peer.pass(Timing.REKEY_SETTLE)).anyMatch(IkeAction.UseOutbound.class::isInstance);
    List<IkeAction> later = peer.pass(Timing.REPLACED_PATIENCE);
    assertThat(peer.requests(later))
        .as("deletes the old one itself in the end")
        .anyMatch(m -> m.payloads().stream().anyMatch(Payload.Delete.class::isInstance));
  }

  @Test
  void shouldSayChildSaNotFoundForARekeyOfNothing() {
    peer.establish();
    List<Payload> answer = peer.request(ExchangeType.CREATE_CHILD_SA, child(5_000, rekeyOf(4711)));

    assertThat(error(answer)).isEqualTo(NotifyType.CHILD_SA_NOT_FOUND);
    assertThat(((Payload.Notify) answer.getFirst()).spi()).isEqualTo(Payloads.spi(4711));
  }

  @Test
  void shouldAcceptMoreChildrenUpToALimit() {
    peer.establish();
    int made = 1;
    int refusal = 0;
    for (int spi = 6_000; refusal == 0; spi++) {
      refusal = error(peer.request(ExchangeType.CREATE_CHILD_SA, child(spi)));
      made += refusal == 0 ? 1 : 0;
    }
    assertThat(refusal).isEqualTo(NotifyType.NO_ADDITIONAL_SAS);
    assertThat(made).isEqualTo(Timing.CHILDREN_PER_SA);
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
  }

  @Test
  void shouldRefuseAChildThatDoesNotFitAndKeepTheRest() {
    peer.establish();
    List<Payload> payloads = new ArrayList<>(child(5_000));
    payloads.set(
        0, new Payload.SecurityAssociation(Negotiation.offerEsp(List.of(Peers.CBC), 5_000, true)));

    assertThat(error(peer.request(ExchangeType.CREATE_CHILD_SA, payloads)))
        .isEqualTo(NotifyType.NO_PROPOSAL_CHOSEN);
    assertThat(error(peer.request(ExchangeType.CREATE_CHILD_SA, List.of())))
        .isEqualTo(NotifyType.INVALID_SYNTAX);
    assertThat(peer.view().children()).hasSize(1);
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
  }

  @Test
  void shouldPutOffAnIkeRekeyWhileItDeletesAChild() {
    peer.establish();
    peer.request(ExchangeType.CREATE_CHILD_SA, child(5_000, rekeyOf(peer.childSpi)));
    peer.pass(Timing.REPLACED_PATIENCE); // now our DELETE of the old one is under way

    assertThat(error(peer.request(ExchangeType.CREATE_CHILD_SA, ikeRekey())))
        .isEqualTo(NotifyType.TEMPORARY_FAILURE);
  }

  private List<Payload> ikeRekey() {
    return List.of(
        new Payload.SecurityAssociation(
            Negotiation.offerIke(List.of(peer.suite), Payloads.spi(0x99L))),
        new Payload.Nonce(peer.crypto.random(32)),
        new Payload.KeyExchange(peer.suite.group().id(), peer.keyPair.share()));
  }

  @Test
  void shouldMoveTheChildrenToTheNewIkeSa() {
    peer.establish();
    List<Payload> answer = peer.request(ExchangeType.CREATE_CHILD_SA, ikeRekey());

    assertThat(error(answer)).isZero();
    assertThat(peer.view().initiatorSpi()).isEqualTo(0x99L);
    assertThat(peer.view().children()).hasSize(1);
    Payload delete = new Payload.Delete(Proposal.PROTOCOL_IKE, List.of());
    peer.request(ExchangeType.INFORMATIONAL, List.of(delete));
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(peer.actions).noneMatch(IkeAction.RemoveChild.class::isInstance);
  }
}
