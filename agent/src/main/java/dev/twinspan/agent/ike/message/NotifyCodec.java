package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.wire.WireWriter;

/**
 * The Notify payload, RFC 7296 section 3.10.
 *
 * <pre>
 * |  Protocol ID  |   SPI Size    |      Notify Message Type      |
 * |                Security Parameter Index (SPI)                 ~
 * |                       Notification Data                       ~
 * </pre>
 */
final class NotifyCodec {
  private NotifyCodec() {}

  /**
   * Unknown types must be ignored, not refused (section 3.10.1), so their data is left as it is. An
   * SPI is one of ESP or AH (4 bytes); peers of RFC 4306's time also name the IKE SA (8 bytes).
   */
  static Payload.Notify decode(WireReader in) throws Malformed {
    int protocol = in.u8();
    int spiSize = in.u8();
    int type = in.u16();
    if (spiSize != 0 && spiSize != 4 && spiSize != 8) {
      throw Malformed.syntax("SPI size of N(" + NotifyType.name(type) + ")", spiSize, "0 or 4");
    }
    return new Payload.Notify(protocol, in.bytes(spiSize), type, in.rest());
  }

  static void encode(WireWriter out, Payload.Notify notify) {
    out.u8(notify.protocol())
        .u8(notify.spi().length)
        .u16(notify.type())
        .bytes(notify.spi())
        .bytes(notify.data());
  }
}
