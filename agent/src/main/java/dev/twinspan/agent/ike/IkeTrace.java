package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.ExchangeType;
import java.util.List;

/**
 * One IKE message as it was sent or received, in words and without secrets. Its retransmissions are
 * one more entry, without payloads, which moves on with each of them.
 *
 * @param sequence grows with each message of the engine
 * @param nanos when, on the engine's clock
 * @param times 1: sent for the first time; n: for the n-th time, byte for byte
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
    int times,
    List<String> payloads) {
  public IkeTrace {
    payloads = List.copyOf(payloads);
  }

  boolean repeats(IkeTrace other) {
    return sent == other.sent
        && exchange == other.exchange
        && response == other.response
        && messageId == other.messageId
        && initiatorSpi == other.initiatorSpi
        && responderSpi == other.responderSpi;
  }

  IkeTrace times(int count) {
    return new IkeTrace(
        sequence,
        nanos,
        sent,
        exchange,
        response,
        messageId,
        initiatorSpi,
        responderSpi,
        count,
        payloads);
  }
}
