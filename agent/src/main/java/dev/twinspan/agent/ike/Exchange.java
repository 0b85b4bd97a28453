package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.DecodeError;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.Payload;
import java.util.List;

/**
 * One exchange that we begin: it builds the request, then takes the response. The window is one
 * (RFC 7296 section 2.3), so an IKE SA has at most one of them at a time; what it is to do next is
 * asked of {@link Agenda} when the last is over.
 */
sealed interface Exchange
    permits SaInitExchange, AuthExchange, ChildExchange, RekeyIkeExchange, InformationalExchange {
  ExchangeType type();

  /** Called once; what is retransmitted are the same bytes. */
  List<Payload> request();

  /**
   * The SPI proposed for a CHILD SA that the peer may have before we do; 0: none. The same each
   * time it is asked.
   */
  default int proposedSpi() {
    return 0;
  }

  /**
   * The response came and, behind IKE_SA_INIT, is authentic.
   *
   * @param datagram the same as bytes
   */
  void response(IkeMessage response, byte[] datagram);

  /** The response is authentic and broken: RFC 7296 section 2.21.3 ends the IKE SA. */
  void malformed(DecodeError error);

  /** No response within {@link #patience}. */
  void unanswered();

  /** How long retransmission goes on, nanoseconds. */
  long patience();

  /** Longest wait between two retransmissions, nanoseconds. */
  default long longestInterval() {
    return Timing.RETRANSMIT_CAP;
  }
}
