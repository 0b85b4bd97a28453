package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.wire.WireWriter;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The TS payload, RFC 7296 sections 3.13 and 3.13.1.
 *
 * <pre>
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Number of TSs |                 RESERVED                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Traffic Selector:
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   TS Type     |IP Protocol ID*|       Selector Length         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Start Port*         |           End Port*           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                         Starting Address*                     ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                         Ending Address*                       ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
final class SelectorCodec {
  private static final int TS_IPV4_ADDR_RANGE = 7;
  private static final int TS_IPV6_ADDR_RANGE = 8;
  private static final int OPAQUE_START = 65535;

  private SelectorCodec() {}

  /**
   * Reads all selectors of one TS payload. Types other than the two address ranges cannot be
   * narrowed to and are left out, so the list may come out empty.
   */
  static List<TrafficSelector> decode(WireReader in) throws Malformed {
    int count = in.u8();
    in.skip(3);
    if (count == 0) {
      throw Malformed.syntax("number of selectors of " + in.what(), 0, "at least 1");
    }
    Malformed.limit("selectors in " + in.what(), count, Limits.SELECTORS);
    List<TrafficSelector> selectors = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      selector(in, in.what() + ", selector " + i, selectors);
    }
    if (in.hasRemaining()) {
      throw Malformed.syntax("bytes behind the selectors of " + in.what(), in.remaining(), "none");
    }
    return List.copyOf(selectors);
  }

  private static void selector(WireReader in, String what, List<TrafficSelector> selectors)
      throws Malformed {
    int type = in.u8();
    int protocol = in.u8();
    int length = in.u16();
    if (length < 4) {
      throw Malformed.syntax("length of " + what, length, "at least 4");
    }
    WireReader body = in.sub(length - 4, what);
    int address = addressLength(type);
    if (address == 0) {
      return;
    }
    if (length != 8 + 2 * address) {
      throw Malformed.syntax("length of " + what, length, "" + (8 + 2 * address));
    }
    selectors.add(addressRange(body, protocol, address));
  }

  private static TrafficSelector addressRange(WireReader in, int protocol, int addressLength)
      throws Malformed {
    int startPort = in.u16();
    int endPort = in.u16();
    byte[] first = in.bytes(addressLength);
    byte[] last = in.bytes(addressLength);
    boolean opaque = startPort == OPAQUE_START && endPort == 0;
    if (startPort > endPort && !opaque) {
      throw Malformed.syntax("end port of " + in.what(), endPort, "at least " + startPort);
    }
    if (Arrays.compareUnsigned(first, last) > 0) {
      throw Malformed.syntax(
          "last byte of the ending address of " + in.what(),
          last[addressLength - 1] & 0xff,
          "an address not below the starting address");
    }
    return new TrafficSelector(protocol, startPort, endPort, address(first), address(last));
  }

  static void encode(WireWriter out, List<TrafficSelector> selectors) {
    if (selectors.isEmpty()) {
      throw new IllegalArgumentException("a TS payload holds at least one selector");
    }
    out.u8(selectors.size()).zeros(3);
    for (TrafficSelector selector : selectors) {
      byte[] first = selector.first().getAddress();
      byte[] last = selector.last().getAddress();
      if (first.length != last.length) {
        throw new IllegalArgumentException("two address families in " + selector);
      }
      out.u8(first.length == 4 ? TS_IPV4_ADDR_RANGE : TS_IPV6_ADDR_RANGE);
      out.u8(selector.protocol()).u16(8 + 2 * first.length);
      out.u16(selector.startPort()).u16(selector.endPort()).bytes(first).bytes(last);
    }
  }

  private static int addressLength(int type) {
    return switch (type) {
      case TS_IPV4_ADDR_RANGE -> 4;
      case TS_IPV6_ADDR_RANGE -> 16;
      default -> 0;
    };
  }

  /**
   * Not {@code InetAddress.getByAddress}, which turns an IPv4-mapped IPv6 address into an IPv4 one:
   * a range could end up with an end in each family.
   */
  private static InetAddress address(byte[] bytes) {
    try {
      return bytes.length == 4
          ? InetAddress.getByAddress(bytes)
          : Inet6Address.getByAddress(null, bytes, -1);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("neither 4 nor 16 bytes: " + bytes.length, e);
    }
  }
}
