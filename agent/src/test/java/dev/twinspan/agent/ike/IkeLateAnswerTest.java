package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.sim.Peers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The peer makes a CHILD SA and our answer to it is lost, and so is the peer's next try: until a
 * later one is answered the peer cannot receive on the new CHILD SA, but it can on the one that
 * stands. What we send on the new one meanwhile is lost. The times are strongSwan's: again after 4
 * s and 7.2 s, or after 1 s and 1.5 s where it is told to hurry.
 */
class IkeLateAnswerTest {
  private static final long MS = 1_000_000L;
  private static final int NEW_SPI = 0x0e0e0e0e;

  private final ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.config().build());

  @Test
  void shouldSendOnTheOldSaUntilTheInitiatorOfItsRekeyHasOurAnswer() {
    peer.establish();
    byte[] request = ask(Payloads.notifyChild(NotifyType.REKEY_SA, Payloads.spi(peer.childSpi)));
    peer.deliver(request); // the answer is lost
    assertStaysWithTheOldFor(4_000 + 7_200); // and on its way at 4 s the request
    peer.deliver(request);
    assertThat(outbound()).isEqualTo(peer.childSpi);

    Payload delete =
        new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Payloads.spi(peer.childSpi)));
    peer.request(ExchangeType.INFORMATIONAL, List.of(delete));
    assertThat(outbound()).isEqualTo(NEW_SPI);
  }

  /** A kernel that misses an SA has its daemon make another, and the daemon names none to rekey. */
  @Test
  void shouldSendOnTheOtherUntilTheInitiatorOfASecondHasOurAnswer() {
    peer.establish();
    byte[] request = ask(null);
    peer.deliver(request);
    assertStaysWithTheOldFor(1_000 + 1_500);
    peer.deliver(request);
    assertThat(outbound()).isEqualTo(peer.childSpi);

    peer.request(ExchangeType.INFORMATIONAL, List.of());
    assertThat(outbound()).as("its next request proves that it has our answer").isEqualTo(NEW_SPI);
  }

  @Test
  void shouldSendOnTheOtherIkeSasWhileThePeerDoes() {
    peer.establish();
    ScriptedPeer second = besides();
    assertThat(outboundSpiHere()).isEqualTo(peer.engineChildSpi);
    for (int i = 0; i < 6; i++) {
      peer.pass(500 * MS);
      peer.engine.aliveAt("peer", peer.now);
    }
    assertThat(outboundSpiHere()).isEqualTo(peer.engineChildSpi);
    peer.actions.addAll(peer.engine.childHeard(peer.now, second.engineChildSpi));
    assertThat(outboundSpiHere()).isEqualTo(second.engineChildSpi);
  }

  @Test
  void shouldSendOnTheNewIkeSasWhenNothingComesOnTheOther() {
    peer.establish();
    ScriptedPeer second = besides();
    peer.pass(Timing.PARALLEL_SETTLE - MS);
    assertThat(outboundSpiHere()).isEqualTo(peer.engineChildSpi);
    peer.pass(2 * MS);
    assertThat(outboundSpiHere()).as("a crashed peer's").isEqualTo(second.engineChildSpi);
  }

  @Test
  void shouldNotWaitForEverForAPeerThatNeverSendsOnWhatItMade() {
    peer.establish();
    ScriptedPeer second = besides();
    peer.deaf = true;
    for (int i = 0; i < 15_000 / 500; i++) {
      peer.pass(500 * MS);
      peer.engine.aliveAt("peer", peer.now);
    }
    peer.pass(MS);
    assertThat(outboundSpiHere()).isEqualTo(second.engineChildSpi);
  }

  /** What is told each second of ESP may have come before the proof, on a CHILD SA that lingers. */
  @Test
  void shouldNotDoubtAgainWhatIsProven() {
    peer.establish();
    peer.deliver(ask(Payloads.notifyChild(NotifyType.REKEY_SA, Payloads.spi(peer.childSpi))));
    peer.pass(20 * MS);
    long espOnTheOld = peer.now;
    peer.pass(20 * MS);
    Payload delete =
        new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Payloads.spi(peer.childSpi)));
    peer.request(ExchangeType.INFORMATIONAL, List.of(delete));
    peer.pass(500 * MS);
    byte[] next =
        ask(NEW_SPI + 1, Payloads.notifyChild(NotifyType.REKEY_SA, Payloads.spi(NEW_SPI)));
    peer.deliver(next); // the answer is on its way
    peer.engine.aliveAt("peer", espOnTheOld);
    peer.actions.addAll(peer.engine.tick(peer.now));
    assertThat(outbound()).isEqualTo(NEW_SPI);
    assertThat(peer.actions.getLast()).isNotInstanceOf(IkeAction.UseOutbound.class);
  }

  /** A second IKE SA of the same peer. */
  private ScriptedPeer besides() {
    ScriptedPeer second = new ScriptedPeer(peer.engine);
    second.now = peer.now;
    return second.establish();
  }

  private byte[] ask(@Nullable Payload purpose) {
    return ask(NEW_SPI, purpose);
  }

  private byte[] ask(int spi, @Nullable Payload purpose) {
    List<Payload> payloads = new ArrayList<>();
    if (purpose != null) {
      payloads.add(purpose);
    }
    payloads.add(
        new Payload.SecurityAssociation(Negotiation.offerEsp(List.of(Peers.GCM), spi, false)));
    payloads.add(new Payload.Nonce(peer.crypto.random(32)));
    payloads.add(new Payload.TrafficSelectors(true, Peers.any()));
    payloads.add(new Payload.TrafficSelectors(false, Peers.any()));
    return peer.seal(ExchangeType.CREATE_CHILD_SA, false, peer.nextId++, payloads);
  }

  private void assertStaysWithTheOldFor(int milliseconds) {
    for (int ms = 0; ms < milliseconds; ms += 100) {
      peer.pass(100 * MS);
      assertThat(outbound()).as("after %d ms", ms + 100).isEqualTo(peer.childSpi);
    }
  }

  private IkeView.Child sending() {
    return peer.view().children().stream()
        .filter(IkeView.Child::outbound)
        .findFirst()
        .orElseThrow();
  }

  private int outbound() {
    return sending().outboundSpi();
  }

  private int outboundSpiHere() {
    return sending().inboundSpi();
  }
}
