package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.ike.message.TrafficSelector;
import dev.twinspan.agent.sim.Peers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Azure with UsePolicyBasedTrafficSelectors opens a CHILD SA for each pair of subnets: all of them
 * are sent on, each for its own.
 */
class IkePairsTest {
  private static final int PAIRS = Timing.MOST_PAIRS;

  private final ScriptedPeer peer =
      new ScriptedPeer(
          ScriptedPeer.config()
              .selectors(
                  IntStream.range(0, PAIRS).mapToObj(IkePairsTest::ours).toList(),
                  IntStream.range(0, PAIRS).mapToObj(IkePairsTest::theirs).toList())
              .build());

  private static TrafficSelector ours(int n) {
    return Peers.selector("10.1." + n + ".0", "10.1." + n + ".255");
  }

  private static TrafficSelector theirs(int n) {
    return Peers.selector("10.2." + n + ".0", "10.2." + n + ".255");
  }

  private static List<Payload> withPair(
      List<Payload> payloads, TrafficSelector i, TrafficSelector r) {
    List<Payload> changed = new ArrayList<>(payloads);
    changed.removeIf(Payload.TrafficSelectors.class::isInstance);
    changed.add(new Payload.TrafficSelectors(true, List.of(i)));
    changed.add(new Payload.TrafficSelectors(false, List.of(r)));
    return changed;
  }

  /** The first pair in IKE_AUTH. */
  private void establish() {
    peer.init();
    List<Payload> auth =
        peer.authPayloads(IkeId.of(ScriptedPeer.Ends.PEER), "correct horse battery staple");
    List<Payload> answer = peer.request(ExchangeType.IKE_AUTH, withPair(auth, theirs(0), ours(0)));
    assertThat(error(answer)).isZero();
  }

  private List<Payload> create(int spi, TrafficSelector i, TrafficSelector r, Payload... more) {
    List<Payload> payloads = new ArrayList<>(List.of(more));
    payloads.add(
        new Payload.SecurityAssociation(Negotiation.offerEsp(List.of(Peers.GCM), spi, true)));
    payloads.add(new Payload.Nonce(peer.crypto.random(32)));
    return peer.request(ExchangeType.CREATE_CHILD_SA, withPair(payloads, i, r));
  }

  private static int error(List<Payload> payloads) {
    Payload.Notify error = Payloads.error(payloads);
    return error == null ? 0 : error.type();
  }

  private <T> List<T> emitted(Class<T> kind) {
    return peer.actions.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  private List<Integer> sending() {
    IkeAction.UseOutbound last = emitted(IkeAction.UseOutbound.class).getLast();
    List<Integer> all = new ArrayList<>(last.beside());
    all.addFirst(last.inboundSpi());
    return all;
  }

  private List<Integer> installed() {
    return emitted(IkeAction.InstallChild.class).stream()
        .map(IkeAction.InstallChild::inboundSpi)
        .toList();
  }

  @Test
  void shouldSendOnEachOfTwoHundredPairs() {
    establish();
    for (int n = 1; n < PAIRS; n++) {
      assertThat(error(create(10_000 + n, theirs(n), ours(n)))).isZero();
    }
    peer.pass(Timing.REKEY_SETTLE);

    assertThat(sending()).containsExactlyInAnyOrderElementsOf(installed()).hasSize(PAIRS);
    List<IkeAction.InstallChild> children = emitted(IkeAction.InstallChild.class);
    for (int n = 0; n < PAIRS; n++) {
      assertThat(children.get(n).localSelectors()).containsExactly(ours(n));
      assertThat(children.get(n).remoteSelectors()).containsExactly(theirs(n));
    }
    assertThat(peer.view().children()).hasSize(PAIRS).allMatch(IkeView.Child::outbound);
  }

  @Test
  void shouldRefuseAPairOfItsOwnAndKeepTheOthers() {
    establish();
    create(10_001, theirs(1), ours(1));

    assertThat(error(create(10_002, Peers.selector("172.16.0.0", "172.16.0.255"), ours(2))))
        .isEqualTo(NotifyType.TS_UNACCEPTABLE);
    peer.pass(Timing.REKEY_SETTLE);

    assertThat(sending()).containsExactlyInAnyOrderElementsOf(installed()).hasSize(2);
    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
  }

  @Test
  void shouldReplaceOnePairAndLeaveTheOthers() {
    establish();
    create(10_001, theirs(1), ours(1));
    create(10_002, theirs(2), ours(2));
    peer.pass(Timing.REKEY_SETTLE);
    List<Integer> before = installed();
    assertThat(sending()).hasSize(3);

    Payload rekey = Payloads.notifyChild(NotifyType.REKEY_SA, Payloads.spi(10_001));
    assertThat(error(create(20_001, theirs(1), ours(1), rekey))).isZero();
    Payload delete = new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Payloads.spi(10_001)));
    peer.request(ExchangeType.INFORMATIONAL, List.of(delete));

    int fresh = installed().getLast();
    assertThat(sending()).containsExactlyInAnyOrder(before.get(0), fresh, before.get(2));
  }

  @Test
  void shouldSendOnAWideOneAloneWhereThereIsOne() {
    establish();
    create(10_001, theirs(1), ours(1));

    create(
        10_002, Peers.selector("10.2.0.0", "10.2.1.255"), Peers.selector("10.1.0.0", "10.1.1.255"));
    peer.pass(Timing.REKEY_SETTLE);

    assertThat(sending()).containsExactly(installed().getLast());
  }
}
