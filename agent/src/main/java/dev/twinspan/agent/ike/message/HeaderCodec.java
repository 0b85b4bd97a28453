package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.wire.WireWriter;
import org.jspecify.annotations.Nullable;

/**
 * The IKE header, RFC 7296 section 3.1.
 *
 * <pre>
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       IKE SA Initiator's SPI                  |
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       IKE SA Responder's SPI                  |
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          Message ID                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            Length                             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Flags: |X|X|R|V|I|X|X|X|
 * </pre>
 */
final class HeaderCodec {
  private static final int MAJOR_VERSION = 2;
  private static final int RESPONSE = 0x20;
  private static final int INITIATOR = 0x08;

  /** Of the Length field. */
  static final int LENGTH_OFFSET = 24;

  private HeaderCodec() {}

  /**
   * @param nextPayload type of the first payload
   */
  record Wire(IkeHeader header, int nextPayload) {}

  /**
   * Reads the header at the start of a whole datagram. The minor version, the V flag and the
   * reserved flags are ignored, as sections 2.5 and 3.1 demand.
   */
  static Wire decode(WireReader in) throws Malformed {
    int datagramLength = in.remaining();
    long initiatorSpi = in.u64();
    long responderSpi = in.u64();
    int nextPayload = in.u8();
    int major = in.u8() >> 4;
    int exchange = in.u8();
    int flags = in.u8();
    int messageId = in.u32();
    int length = in.u32();
    if (major != MAJOR_VERSION) {
      throw new Malformed(new DecodeError.UnsupportedVersion(major));
    }
    if (length != datagramLength) {
      throw Malformed.syntax(
          "message length", length & 0xffff_ffffL, "the datagram's " + datagramLength + " bytes");
    }
    if (initiatorSpi == 0) {
      throw Malformed.syntax("initiator's SPI", 0, "anything else");
    }
    ExchangeType type = exchangeType(exchange);
    if (type == null) {
      throw Malformed.syntax("exchange type", exchange, "34 to 37");
    }
    return new Wire(
        new IkeHeader(
            initiatorSpi,
            responderSpi,
            type,
            (flags & RESPONSE) != 0,
            (flags & INITIATOR) != 0,
            messageId),
        nextPayload);
  }

  static void encode(WireWriter out, IkeHeader header, int nextPayload, int length) {
    out.u64(header.initiatorSpi())
        .u64(header.responderSpi())
        .u8(nextPayload)
        .u8(MAJOR_VERSION << 4)
        .u8(header.exchange().code())
        .u8((header.response() ? RESPONSE : 0) | (header.fromInitiator() ? INITIATOR : 0))
        .u32(header.messageId())
        .u32(length);
  }

  private static @Nullable ExchangeType exchangeType(int code) {
    return switch (code) {
      case 34 -> ExchangeType.IKE_SA_INIT;
      case 35 -> ExchangeType.IKE_AUTH;
      case 36 -> ExchangeType.CREATE_CHILD_SA;
      case 37 -> ExchangeType.INFORMATIONAL;
      default -> null;
    };
  }
}
