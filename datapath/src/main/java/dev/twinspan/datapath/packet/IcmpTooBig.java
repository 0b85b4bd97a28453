package dev.twinspan.datapath.packet;

import java.lang.foreign.MemorySegment;

/**
 * Tells a sender of the LAN that its packet does not fit the tunnel: ICMP "fragmentation needed"
 * (RFC 792, RFC 1191 section 4) or ICMPv6 "packet too big" (RFC 4443 section 3.2).
 *
 * <p>The source is the destination of the packet that did not fit: an address of our own would be
 * refused by the kernel as a martian when it comes in by the TUN, and this one passes its reverse
 * path filter.
 */
public final class IcmpTooBig {
  /** Room a reply takes at most: the IPv6 minimum MTU. */
  public static final int MAX_LENGTH = 1280;

  /** RFC 1812 section 4.3.2.3. */
  private static final int MAX_LENGTH_V4 = 576;

  private static final int ICMP_HEADER = 8;
  private static final int HOPS = 64;

  private IcmpTooBig() {}

  /**
   * Whether an error may be sent about this packet at all: RFC 1812 section 4.3.2.7, RFC 4443
   * section 2.4 (e).
   */
  public static boolean allowed(MemorySegment s, long at, PacketView view) {
    if (view.laterFragment()
        || multicast(view.ipv6(), view.destinationHigh(), view.destinationLow())) {
      return false;
    }
    boolean sourceUnusable =
        view.sourceHigh() == 0 && view.sourceLow() == 0
            || multicast(view.ipv6(), view.sourceHigh(), view.sourceLow());
    return !sourceUnusable && !isIcmpError(s, at, view);
  }

  private static boolean multicast(boolean ipv6, long high, long low) {
    return ipv6 ? high >>> 56 == 0xFF : low >>> 28 >= 0xE; // class D, class E and broadcast
  }

  private static boolean isIcmpError(MemorySegment s, long at, PacketView view) {
    if (view.sourcePort() == PacketView.NO_PORT) {
      return view.protocol() == PacketView.ICMP || view.protocol() == PacketView.ICMPV6;
    }
    int type = Wire.u8(s, at + view.l4());
    return switch (view.protocol()) {
      case PacketView.ICMP -> type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
      case PacketView.ICMPV6 -> type < 128;
      default -> false;
    };
  }

  /**
   * Writes the reply.
   *
   * @param s holds the offending packet at {@code at}, parsed into {@code view}
   * @param out gets up to {@link #MAX_LENGTH} bytes at {@code outAt}
   * @return length of the reply
   */
  public static int write(
      MemorySegment s, long at, PacketView view, int mtu, MemorySegment out, long outAt) {
    return view.ipv6()
        ? write6(s, at, view, mtu, out, outAt)
        : write4(s, at, view, mtu, out, outAt);
  }

  private static int write4(
      MemorySegment s, long at, PacketView view, int mtu, MemorySegment out, long o) {
    int header = PacketView.IPV4_HEADER;
    int quoted = Math.min(view.length(), MAX_LENGTH_V4 - header - ICMP_HEADER);
    int total = header + ICMP_HEADER + quoted;
    Wire.u16(out, o, 0x45C0); // DSCP CS6: RFC 1812 section 4.3.2.5
    Wire.u16(out, o + 2, total);
    Wire.u32(out, o + 4, 0x0000_4000);
    Wire.u32(out, o + 8, HOPS << 24 | PacketView.ICMP << 16);
    Wire.u32(out, o + 12, (int) view.destinationLow());
    Wire.u32(out, o + 16, (int) view.sourceLow());
    Wire.u16(out, o + 10, ~Checksum.fold(Checksum.sum(out, o, header, 0)));
    long icmp = o + header;
    Wire.u32(out, icmp, 3 << 24 | 4 << 16);
    Wire.u32(out, icmp + 4, mtu);
    MemorySegment.copy(s, at, out, icmp + ICMP_HEADER, quoted);
    Wire.u16(out, icmp + 2, ~Checksum.fold(Checksum.sum(out, icmp, total - header, 0)));
    return total;
  }

  private static int write6(
      MemorySegment s, long at, PacketView view, int mtu, MemorySegment out, long o) {
    int header = PacketView.IPV6_HEADER;
    int quoted = Math.min(view.length(), MAX_LENGTH - header - ICMP_HEADER);
    int payload = ICMP_HEADER + quoted;
    Wire.u32(out, o, 0x6C00_0000);
    Wire.u32(out, o + 4, payload << 16 | PacketView.ICMPV6 << 8 | HOPS);
    Wire.u64(out, o + 8, view.destinationHigh());
    Wire.u64(out, o + 16, view.destinationLow());
    Wire.u64(out, o + 24, view.sourceHigh());
    Wire.u64(out, o + 32, view.sourceLow());
    long icmp = o + header;
    Wire.u32(out, icmp, 2 << 24);
    Wire.u32(out, icmp + 4, mtu);
    MemorySegment.copy(s, at, out, icmp + ICMP_HEADER, quoted);
    long sum = Checksum.pseudoHeader(out, o, true, PacketView.ICMPV6, payload);
    Wire.u16(out, icmp + 2, ~Checksum.fold(Checksum.sum(out, icmp, payload, sum)));
    return header + payload;
  }
}
