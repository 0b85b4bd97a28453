package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.PayloadText;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.sim.Peers;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code tunnel trace} is made of. */
class IkeTraceTest {
  private final ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.config().build());

  IkeTraceTest() {
    peer.engine.keepMessages();
  }

  @Test
  void shouldTellAWholeHandshakeInWords() {
    peer.establish();
    List<IkeTrace> trace = peer.engine.trace("peer");

    assertThat(trace)
        .extracting(IkeTrace::exchange, IkeTrace::response, IkeTrace::sent, IkeTrace::messageId)
        .containsExactly(
            tuple(ExchangeType.IKE_SA_INIT, false, false, 0),
            tuple(ExchangeType.IKE_SA_INIT, true, true, 0),
            tuple(ExchangeType.IKE_AUTH, false, false, 1),
            tuple(ExchangeType.IKE_AUTH, true, true, 1));
    String init = String.join("\n", trace.getFirst().payloads());
    assertThat(init)
        .contains("SA(IKE: AES-GCM")
        .contains("KE(ECP384, 96 B)")
        .contains("Nonce(32 B)");
    String auth = String.join("\n", trace.get(2).payloads());
    assertThat(auth)
        .contains("IDi(198.51.100.9 ")
        .contains("AUTH(shared key, ")
        .contains("SA(ESP 0a0b0c0d: AES-GCM")
        .contains("TSi(0.0.0.0-255.255.255.255)");
  }

  @Test
  void shouldGiveAwayNoSecret() {
    peer.establish();
    HexFormat hex = HexFormat.of();
    String all = peer.engine.trace("peer").toString();
    assertThat(all)
        .doesNotContain(hex.formatHex(peer.ni).substring(0, 12))
        .doesNotContain(hex.formatHex(peer.nr).substring(0, 12))
        .doesNotContain(hex.formatHex(peer.keys().skD()).substring(0, 12))
        .doesNotContain("correct horse");
  }

  @Test
  void shouldKeepNoMoreThanTheLatest() {
    peer.establish();
    for (int i = 0; i < 2 * MessageLog.KEPT; i++) {
      peer.request(ExchangeType.INFORMATIONAL, List.of());
    }
    List<IkeTrace> trace = peer.engine.trace("peer");
    assertThat(trace).hasSize(MessageLog.KEPT);
    assertThat(trace.getLast().messageId()).isEqualTo(peer.nextId - 1);
    assertThat(trace).isSortedAccordingTo((a, b) -> Long.compare(a.sequence(), b.sequence()));
  }

  /** Handshakes that never prove anything are no peer's, and push none of its messages out. */
  @Test
  void shouldNotLetAFloodPushOutWhatAPeerSaid() {
    peer.establish();
    List<IkeTrace> before = peer.engine.trace("peer");
    for (int i = 0; i < 10 * MessageLog.UNPROVEN; i++) {
      ScriptedPeer other = new ScriptedPeer(peer.engine);
      other.initiatorSpi = 1_000 + i;
      other.deliver(other.initRequest(other.initPayloads()));
    }
    assertThat(peer.engine.trace("peer")).isEqualTo(before);
  }

  /** All retransmissions of a message are one entry, which moves on and counts. */
  @Test
  void shouldMarkWhatIsSentAgain() {
    peer.establish();
    peer.deaf = true;
    peer.engine.rekey(peer.now, "peer", false);
    peer.pass(4 * ScriptedPeer.SECOND); // sent at 0, 0.5, 1.5 and 3.5 s

    List<IkeTrace> trace = peer.engine.trace("peer");
    assertThat(trace.subList(4, trace.size()))
        .extracting(IkeTrace::exchange, IkeTrace::sent, IkeTrace::response, IkeTrace::times)
        .containsExactly(
            tuple(ExchangeType.CREATE_CHILD_SA, true, false, 1),
            tuple(ExchangeType.CREATE_CHILD_SA, true, false, 4));
    assertThat(trace.get(4).payloads()).isNotEmpty();
    assertThat(trace.getLast().payloads()).isEmpty();
    assertThat(trace.getLast().nanos() - trace.get(4).nanos())
        .isGreaterThan(3 * ScriptedPeer.SECOND);
  }

  @Test
  void shouldMarkThePeersRetransmissionsAndOurAnswersToThem() {
    peer.init();
    peer.establish(); // begins with the same IKE_SA_INIT
    byte[] request = peer.seal(ExchangeType.INFORMATIONAL, false, peer.nextId++, List.of());
    for (int i = 0; i < 3 * MessageLog.KEPT; i++) {
      peer.deliver(request);
    }
    byte[] forged = request.clone();
    forged[forged.length - 1] ^= 1;
    peer.deliver(forged);

    List<IkeTrace> trace = peer.engine.trace("peer");
    assertThat(trace)
        .extracting(IkeTrace::exchange, IkeTrace::sent, IkeTrace::times)
        .contains(
            tuple(ExchangeType.IKE_SA_INIT, false, 2),
            tuple(ExchangeType.IKE_SA_INIT, true, 2),
            tuple(ExchangeType.IKE_AUTH, false, 1))
        .endsWith(
            tuple(ExchangeType.INFORMATIONAL, false, 1),
            tuple(ExchangeType.INFORMATIONAL, true, 1),
            tuple(ExchangeType.INFORMATIONAL, false, 3 * MessageLog.KEPT),
            tuple(ExchangeType.INFORMATIONAL, true, 3 * MessageLog.KEPT));
  }

  @Test
  void shouldKeepNothingUnlessAskedTo() {
    ScriptedPeer quiet = new ScriptedPeer(ScriptedPeer.config().build());
    quiet.establish();
    assertThat(quiet.engine.trace("peer")).isEmpty();
  }

  @Test
  void shouldPutDeletesAndNotificationsIntoWords() {
    assertThat(
            PayloadText.of(
                new Payload.Delete(
                    Proposal.PROTOCOL_ESP, List.of(Payloads.spi(0xc0ffee01), Payloads.spi(1)))))
        .isEqualTo("D(ESP c0ffee01 00000001)");
    assertThat(PayloadText.of(Payloads.invalidKe(20)))
        .isEqualTo("N(INVALID_KE_PAYLOAD: wants ECP384)");
    assertThat(PayloadText.of(new Payload.TrafficSelectors(false, Peers.any())))
        .isEqualTo("TSr(0.0.0.0-255.255.255.255)");
    assertThat(PayloadText.of(new Payload.Unknown(99, new byte[5]))).isEqualTo("payload 99(5 B)");
  }
}
