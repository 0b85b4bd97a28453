package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.sim.Peers;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * A CHILD SA of ours and one of the peer's for the same traffic, on one IKE SA: libreswan makes
 * another when its kernel has lost the policy of the one, and deletes neither.
 */
class IkeParallelPairsTest {
  /** What is deleted listens no longer. */
  private static final long STRAGGLERS = 2 * Timing.LINGER;

  private static final int OURS = 0x0e0e0e0e;
  private static final int THEIRS = 0x0f0f0f0f;

  private final ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.config().build());

  /** Ours, since we rekeyed the first; and theirs, of lower nonces or of higher ones. */
  private void both(byte nonce) {
    peer.establish();
    List<IkeAction> asked = peer.engine.rekey(peer.now, "peer", false);
    IkeMessage rekey = peer.requests(asked).getFirst();
    List<IkeAction> after = peer.answer(rekey, peer.childAnswer(rekey, OURS));
    peer.answer(peer.requests(after).getFirst(), List.of()); // our DELETE of the first
    peer.pass(STRAGGLERS);
    assertThat(children()).containsExactly(OURS);

    byte[] nonces = new byte[32];
    Arrays.fill(nonces, nonce);
    List<Payload> answer =
        peer.request(
            ExchangeType.CREATE_CHILD_SA,
            List.of(
                new Payload.SecurityAssociation(
                    Negotiation.offerEsp(List.of(Peers.GCM), THEIRS, true)),
                new Payload.Nonce(nonces),
                new Payload.TrafficSelectors(true, Peers.any()),
                new Payload.TrafficSelectors(false, Peers.any())));
    assertThat(Payloads.first(answer, Payload.SecurityAssociation.class)).isNotNull();
    assertThat(children()).containsExactlyInAnyOrder(OURS, THEIRS);
  }

  private List<Integer> children() {
    return peer.view().children().stream().map(IkeView.Child::outboundSpi).toList();
  }

  /** What is deleted in that time, with the peer's answer to it. */
  private boolean deletedWithin(long nanos) {
    List<IkeMessage> deletes =
        peer.requests(peer.pass(nanos)).stream()
            .filter(m -> Payloads.first(m.payloads(), Payload.Delete.class) != null)
            .toList();
    deletes.stream().limit(1).forEach(delete -> peer.answer(delete, List.of()));
    return !deletes.isEmpty();
  }

  @Test
  void shouldDeleteOursOfLowerNoncesAfterAQuietTime() {
    both((byte) 0xff);
    assertThat(deletedWithin(Timing.SURPLUS_QUIET - 1)).isFalse();
    assertThat(deletedWithin(2 * ScriptedPeer.SECOND)).isTrue();
    peer.pass(STRAGGLERS);
    assertThat(children()).containsExactly(THEIRS);
  }

  @Test
  void shouldDeleteOursWhenThePeerKeepsItsOwn() {
    both((byte) 0);
    assertThat(deletedWithin(Timing.SURPLUS_KEPT - 1)).isFalse();
    assertThat(deletedWithin(2 * ScriptedPeer.SECOND)).isTrue();
    peer.pass(STRAGGLERS);
    assertThat(children()).containsExactly(THEIRS);
  }

  @Test
  void shouldKeepOursWhenThePeerDeletesItsOwn() {
    both((byte) 0);
    int here =
        peer.view().children().stream()
            .filter(child -> child.outboundSpi() == THEIRS)
            .map(IkeView.Child::inboundSpi)
            .findFirst()
            .orElseThrow();
    List<Payload> answer =
        peer.request(
            ExchangeType.INFORMATIONAL,
            List.of(new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Payloads.spi(THEIRS)))));
    var deleted = Objects.requireNonNull(Payloads.first(answer, Payload.Delete.class));
    assertThat(Payloads.childSpi(deleted.spis().getFirst())).isEqualTo(here);
    assertThat(deletedWithin(2 * Timing.SURPLUS_KEPT)).isFalse();
    peer.pass(STRAGGLERS);
    assertThat(children()).containsExactly(OURS);
  }
}
