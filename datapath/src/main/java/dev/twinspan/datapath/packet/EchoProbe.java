package dev.twinspan.datapath.packet;

import java.lang.foreign.MemorySegment;
import java.net.InetAddress;

/**
 * An ICMP echo (RFC 792, RFC 4443 section 4.1) that measures a tunnel, and its reply.
 *
 * <pre>
 *   8 ICMP header: type, code, checksum, identifier, sequence number
 *   8 token: tells our probes from whatever else is echoed
 *   4 tunnel it was sent by
 *   4 number
 * </pre>
 */
public final class EchoProbe {
  private static final int ICMP_HEADER = 8;
  private static final int DATA = 16;
  private static final int HOPS = 64;
  private static final int ECHO = 8;
  private static final int ECHO_REPLY = 0;
  private static final int ECHO_V6 = 128;
  private static final int ECHO_REPLY_V6 = 129;

  private EchoProbe() {}

  /**
   * An inner packet.
   *
   * @param token secret, or a host behind the tunnel could answer for another
   * @throws IllegalArgumentException when the addresses are not of one family
   */
  public static byte[] write(
      InetAddress source, InetAddress target, long token, int tunnel, int number) {
    byte[] from = source.getAddress();
    byte[] to = target.getAddress();
    if (from.length != to.length) {
      throw new IllegalArgumentException(source + " cannot ask " + target);
    }
    boolean ipv6 = from.length == 16;
    int header = ipv6 ? PacketView.IPV6_HEADER : PacketView.IPV4_HEADER;
    byte[] packet = new byte[header + ICMP_HEADER + DATA];
    MemorySegment p = MemorySegment.ofArray(packet);
    if (ipv6) {
      Wire.u32(p, 0, 0x6000_0000);
      Wire.u32(p, 4, (ICMP_HEADER + DATA) << 16 | PacketView.ICMPV6 << 8 | HOPS);
      System.arraycopy(from, 0, packet, 8, from.length);
      System.arraycopy(to, 0, packet, 24, to.length);
    } else {
      Wire.u32(p, 0, 0x4500_0000 | packet.length);
      Wire.u32(p, 4, 0x0000_4000);
      Wire.u32(p, 8, HOPS << 24 | PacketView.ICMP << 16);
      System.arraycopy(from, 0, packet, 12, from.length);
      System.arraycopy(to, 0, packet, 16, to.length);
      Wire.u16(p, 10, ~Checksum.fold(Checksum.sum(p, 0, header, 0)));
    }
    Wire.u8(p, header, ipv6 ? ECHO_V6 : ECHO);
    Wire.u16(p, header + 4, (int) (token >>> 48));
    Wire.u16(p, header + 6, number);
    Wire.u64(p, header + ICMP_HEADER, token);
    Wire.u32(p, header + ICMP_HEADER + 8, tunnel);
    Wire.u32(p, header + ICMP_HEADER + 12, number);
    int length = ICMP_HEADER + DATA;
    long pseudo = ipv6 ? Checksum.pseudoHeader(p, 0, true, PacketView.ICMPV6, length) : 0;
    Wire.u16(p, header + 2, ~Checksum.fold(Checksum.sum(p, header, length, pseudo)));
    return packet;
  }

  /**
   * Whether the packet parsed into {@code view} is a reply to a probe with this token. Allocates
   * nothing.
   */
  public static boolean isReply(MemorySegment s, long at, PacketView view, long token) {
    boolean icmp = view.protocol() == (view.ipv6() ? PacketView.ICMPV6 : PacketView.ICMP);
    if (!icmp || view.fragment() || view.length() - view.l4() != ICMP_HEADER + DATA) {
      return false;
    }
    long icmpAt = at + view.l4();
    return Wire.u8(s, icmpAt) == (view.ipv6() ? ECHO_REPLY_V6 : ECHO_REPLY)
        && Wire.u64(s, icmpAt + ICMP_HEADER) == token;
  }

  /** Of a reply: the tunnel it was sent by. */
  public static int tunnel(MemorySegment s, long at, PacketView view) {
    return Wire.u32(s, at + view.l4() + ICMP_HEADER + 8);
  }

  /** Of a reply: its number. */
  public static int number(MemorySegment s, long at, PacketView view) {
    return Wire.u32(s, at + view.l4() + ICMP_HEADER + 12);
  }
}
