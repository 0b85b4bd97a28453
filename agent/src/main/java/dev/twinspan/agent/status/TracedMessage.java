package dev.twinspan.agent.status;

import java.time.Instant;
import java.util.List;

/**
 * One IKE message of a tunnel in words; keys, nonces and proofs are told by their length alone.
 *
 * @param sequence grows; asking for what is newer than the last one seen follows the tunnel
 * @param exchange {@code IKE_AUTH} and the like
 * @param initiatorSpi 8 bytes, host order
 * @param times 1: sent for the first time; n: all retransmissions up to the n-th sending, told once
 */
public record TracedMessage(
    long sequence,
    Instant time,
    boolean sent,
    String exchange,
    boolean response,
    int messageId,
    long initiatorSpi,
    long responderSpi,
    int times,
    List<String> payloads) {
  public TracedMessage {
    payloads = List.copyOf(payloads);
  }
}
