package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.ExchangeType;
import java.util.List;

/**
 * One IKE message as it was sent or received, in words and without secrets; retransmissions are not
 * told again.
 *
 * @param sequence grows with each message of the engine
 * @param nanos when, on the engine's clock
 * @param payloads see {@link dev.twinspan.agent.ike.message.PayloadText}
 */
public record IkeTrace(
    long sequence,
    long nanos,
    boolean sent,
    ExchangeType exchange,
    boolean response,
    int messageId,
    long initiatorSpi,
    long responderSpi,
    List<String> payloads) {
  public IkeTrace {
    payloads = List.copyOf(payloads);
  }
}
