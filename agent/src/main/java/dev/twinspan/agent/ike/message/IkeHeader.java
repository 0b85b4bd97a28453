package dev.twinspan.agent.ike.message;

/**
 * The IKE header (RFC 7296 section 3.1), less the fields the codec derives (next payload, version,
 * length).
 *
 * @param initiatorSpi 8 bytes, as a big-endian long
 * @param responderSpi 8 bytes; 0 in the first request
 * @param exchange exchange type
 * @param response the R flag
 * @param fromInitiator the I flag: sent by the original initiator of this IKE SA
 * @param messageId unsigned 32 bits
 */
public record IkeHeader(
    long initiatorSpi,
    long responderSpi,
    ExchangeType exchange,
    boolean response,
    boolean fromInitiator,
    int messageId) {
  /** Bytes on the wire. */
  public static final int LENGTH = 28;
}
