package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.ike.message.Proposal.Transform;
import dev.twinspan.agent.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The transforms of one proposal, RFC 7296 sections 3.3.2 and 3.3.5.
 *
 * <pre>
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Last Substruc |   RESERVED    |        Transform Length       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Transform Type |   RESERVED    |          Transform ID         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                      Transform Attributes                     ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Attribute:
 * |A|       Attribute Type        |    AF=0  Attribute Length     |
 * |F|                             |    AF=1  Attribute Value      |
 * |                   AF=0  Attribute Value                       ~
 * </pre>
 */
final class TransformCodec {
  private static final int HEADER = 8;
  private static final int LAST = 0;
  private static final int MORE = 3;
  private static final int SHORT_FORMAT = 0x8000;
  private static final int KEY_LENGTH = 14;

  private TransformCodec() {}

  /** Reads {@code count} transforms, which fill {@code in}. */
  static List<Transform> decode(WireReader in, int count) throws Malformed {
    List<Transform> transforms = new ArrayList<>(count);
    for (int i = 1; i <= count; i++) {
      String what = in.what() + ", transform " + i;
      int last = in.u8();
      in.skip(1);
      int length = in.u16();
      int expected = i < count ? MORE : LAST;
      if (last != expected) {
        throw Malformed.syntax("last substructure of " + what, last, "" + expected);
      }
      if (length < HEADER) {
        throw Malformed.syntax("length of " + what, length, "at least " + HEADER);
      }
      transforms.add(transform(in.sub(length - 4, what)));
    }
    if (in.hasRemaining()) {
      throw Malformed.syntax("bytes behind the transforms of " + in.what(), in.remaining(), "none");
    }
    return List.copyOf(transforms);
  }

  private static Transform transform(WireReader in) throws Malformed {
    int type = in.u8();
    in.skip(1);
    int id = in.u16();
    return new Transform(type, id, attributes(in));
  }

  /**
   * Section 3.3.6: an attribute that is not understood makes its transform unacceptable, not the
   * message invalid.
   */
  private static int attributes(WireReader in) throws Malformed {
    int keyLength = 0;
    int count = 0;
    while (in.hasRemaining()) {
      Malformed.limit("attributes in " + in.what(), ++count, Limits.ATTRIBUTES);
      int type = in.u16();
      int value = in.u16();
      if (type == (SHORT_FORMAT | KEY_LENGTH) && value != 0 && keyLength == 0) {
        keyLength = value;
      } else {
        keyLength = Transform.UNKNOWN_ATTRIBUTE;
      }
      if ((type & SHORT_FORMAT) == 0) {
        in.skip(value);
      }
    }
    return keyLength;
  }

  static void encode(WireWriter out, List<Transform> transforms) {
    for (int i = 0; i < transforms.size(); i++) {
      Transform transform = transforms.get(i);
      boolean attribute = transform.keyLength() != 0;
      out.u8(i + 1 < transforms.size() ? MORE : LAST).u8(0).u16(attribute ? HEADER + 4 : HEADER);
      out.u8(transform.type()).u8(0).u16(transform.id());
      if (attribute) {
        out.u16(SHORT_FORMAT | KEY_LENGTH).u16(transform.keyLength());
      }
    }
  }
}
