package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.BgpMessage.Keepalive;
import dev.twinspan.agent.bgp.message.BgpMessage.Open;
import dev.twinspan.agent.bgp.message.BgpMessage.RouteRefresh;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.wire.WireWriter;

/**
 * Whole messages, with their header (RFC 4271 section 4.1):
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Marker: 16 octets, all ones                |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Length               |      Type     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 *
 * Pure functions. Any thread.
 */
public final class BgpCodec {
  /** Octets. Extended messages (RFC 8654) are not asked for. */
  public static final int MAX_LENGTH = 4096;

  public static final int HEADER = 19;

  static final int MARKER = 16;
  static final int OPEN = 1;
  static final int UPDATE = 2;
  static final int NOTIFICATION = 3;
  static final int KEEPALIVE = 4;
  static final int ROUTE_REFRESH = 5;

  private BgpCodec() {}

  /**
   * @param message one message as {@link Framer} cut it out
   */
  public static DecodeResult decode(byte[] message, CodecContext context) {
    try {
      return new DecodeResult.Decoded(read(message, context));
    } catch (Malformed e) {
      return new DecodeResult.Failed(e.error());
    }
  }

  private static BgpMessage read(byte[] message, CodecContext context) throws Malformed {
    int length = checkHeader(message);
    if (length != message.length) {
      throw badLength(length, "%d octets were there".formatted(message.length));
    }
    WireReader body = new WireReader(message).sub(message.length);
    body.bytes(HEADER);
    return switch (message[HEADER - 1]) {
      case OPEN -> OpenCodec.decode(body);
      case UPDATE -> new UpdateDecoder(context).decode(body);
      case NOTIFICATION -> new Notification(body.u8(), body.u8(), Bytes.of(body.rest()));
      case KEEPALIVE -> new Keepalive();
      default -> refresh(body);
    };
  }

  /**
   * RFC 4271 section 6.1, as soon as a header is there.
   *
   * @return the message's length
   */
  static int checkHeader(byte[] bytes) throws Malformed {
    if (bytes.length < HEADER) {
      throw badLength(bytes.length, "a header has 19");
    }
    for (int i = 0; i < MARKER; i++) {
      if (bytes[i] != -1) {
        throw new Malformed(
            Notification.HEADER_ERROR,
            1,
            "octet %d of the marker is %d, expected 255".formatted(i, bytes[i] & 0xff));
      }
    }
    int length = (bytes[MARKER] & 0xff) << 8 | bytes[MARKER + 1] & 0xff;
    int type = bytes[HEADER - 1] & 0xff;
    int least =
        switch (type) {
          case OPEN -> 29;
          case UPDATE -> 23;
          case NOTIFICATION -> 21;
          case KEEPALIVE -> HEADER;
          case ROUTE_REFRESH -> HEADER;
          default ->
              throw new Malformed(
                  new Notification(Notification.HEADER_ERROR, 3, Bytes.of((byte) type)),
                  "message type is %d, expected 1 to 5".formatted(type));
        };
    int most = type == KEEPALIVE ? HEADER : MAX_LENGTH;
    if (length < least || length > most) {
      throw badLength(length, "expected %d to %d for type %d".formatted(least, most, type));
    }
    return length;
  }

  private static Malformed badLength(int length, String expected) {
    byte[] seen = {(byte) (length >> 8), (byte) length};
    return new Malformed(
        new Notification(Notification.HEADER_ERROR, 2, Bytes.of(seen)),
        "message length is %d, %s".formatted(length, expected));
  }

  /** RFC 7313 section 5: a wrong length has an error code of its own. */
  private static RouteRefresh refresh(WireReader body) throws Malformed {
    if (body.remaining() != 4) {
      throw new Malformed(
          Notification.ROUTE_REFRESH_ERROR,
          1,
          "ROUTE-REFRESH has %d octets behind the header, expected 4".formatted(body.remaining()));
    }
    int afi = body.u16();
    int subtype = body.u8();
    return new RouteRefresh(Family.of(afi, body.u8()).orElse(null), subtype);
  }

  /**
   * @throws IllegalArgumentException when it does not fit into {@link #MAX_LENGTH}; announcements
   *     are divided by {@link UpdatePacker}
   */
  public static byte[] encode(BgpMessage message, CodecContext context) {
    WireWriter out = new WireWriter();
    for (int i = 0; i < MARKER; i++) {
      out.u8(0xff);
    }
    out.u16(0);
    switch (message) {
      case Open open -> OpenCodec.encode(out.u8(OPEN), open);
      case Update update -> UpdateEncoder.encode(out.u8(UPDATE), update, context);
      case Notification(int code, int subcode, Bytes data) ->
          out.u8(NOTIFICATION).u8(code).u8(subcode).bytes(data.toArray());
      case Keepalive _ -> out.u8(KEEPALIVE);
      case RouteRefresh(Family family, int subtype) -> {
        if (family == null) {
          throw new IllegalArgumentException("ROUTE-REFRESH without a family");
        }
        out.u8(ROUTE_REFRESH).u16(family.afi()).u8(subtype).u8(family.safi());
      }
    }
    if (out.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("message of %d octets".formatted(out.length()));
    }
    out.patchU16(MARKER, out.length());
    return out.toByteArray();
  }
}
