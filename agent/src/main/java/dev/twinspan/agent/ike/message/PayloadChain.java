package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Payloads one behind the other, each naming the type of the next in its generic header, RFC 7296
 * section 3.2.
 *
 * <pre>
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Next Payload  |C|  RESERVED   |         Payload Length        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
final class PayloadChain {
  /** Bytes of the generic header, which Payload Length counts too. */
  static final int HEADER = 4;

  private static final int CRITICAL = 0x80;

  private PayloadChain() {}

  /** One generic header. The reserved bits are ignored. */
  record Link(int nextPayload, boolean critical, WireReader body) {}

  static Link link(WireReader in, int type) throws Malformed {
    int nextPayload = in.u8();
    boolean critical = (in.u8() & CRITICAL) != 0;
    int length = in.u16();
    String name = PayloadType.name(type);
    if (length < HEADER) {
      throw Malformed.syntax("length of " + name, length, "at least " + HEADER);
    }
    return new Link(nextPayload, critical, in.sub(length - HEADER, name));
  }

  /** Reads payloads until one says it is the last, which must then end at the end of {@code in}. */
  static List<Payload> decode(WireReader in, int firstType) throws Malformed {
    List<Payload> payloads = new ArrayList<>();
    long seen = 0;
    int type = firstType;
    while (type != PayloadType.NONE) {
      Malformed.limit("payloads", payloads.size() + 1, Limits.PAYLOADS);
      Link link = link(in, type);
      if (PayloadType.isSingle(type)) {
        if ((seen & 1L << type) != 0) {
          throw Malformed.syntax("payload", type, "one " + PayloadType.name(type) + " only");
        }
        seen |= 1L << type;
      }
      payloads.add(payload(type, link));
      type = link.nextPayload();
    }
    if (in.hasRemaining()) {
      throw Malformed.syntax("bytes behind the last payload", in.remaining(), "none");
    }
    return List.copyOf(payloads);
  }

  /**
   * Section 2.5: the C bit counts only for a payload that is not known. SK and SKF hold the others;
   * among them, or in a message in the clear, they are out of place.
   */
  static Payload payload(int type, Link link) throws Malformed {
    if (PayloadType.isKnown(type)) {
      return PayloadCodec.decode(type, link.body());
    }
    if (type == PayloadType.SK || type == PayloadType.SKF) {
      throw Malformed.syntax("payload", type, "a payload in the clear");
    }
    if (link.critical()) {
      throw new Malformed(new DecodeError.UnsupportedCriticalPayload(type));
    }
    return new Payload.Unknown(type, link.body().rest());
  }

  /** Type of the first payload, 0 when there is none: for the header before the chain. */
  static int firstType(List<Payload> payloads) {
    return payloads.isEmpty() ? PayloadType.NONE : PayloadType.of(payloads.getFirst());
  }

  /** The C bit is 0 on all we send: every peer must know them (section 3.2). */
  static void encode(WireWriter out, List<Payload> payloads) {
    for (int i = 0; i < payloads.size(); i++) {
      int start = out.length();
      out.u8(i + 1 < payloads.size() ? PayloadType.of(payloads.get(i + 1)) : PayloadType.NONE);
      out.u8(0).u16(0);
      PayloadCodec.encode(out, payloads.get(i));
      out.patchU16(start + 2, out.length() - start);
    }
  }
}
