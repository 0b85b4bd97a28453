package dev.twinspan.datapath.packet;

import java.lang.foreign.MemorySegment;

/** The Internet checksum: RFC 1071, and RFC 1624 for changes of one field. */
public final class Checksum {
  private Checksum() {}

  /** One's complement sum of the bytes, not folded, not inverted: chain with {@code start}. */
  public static long sum(MemorySegment s, long at, int length, long start) {
    long sum = start;
    long p = at;
    int left = length;
    for (; left >= 4; left -= 4, p += 4) {
      sum += Wire.u32(s, p) & 0xFFFF_FFFFL;
    }
    if (left >= 2) {
      sum += Wire.u16(s, p);
      p += 2;
      left -= 2;
    }
    return left == 0 ? sum : sum + ((long) Wire.u8(s, p) << 8);
  }

  /** To 16 bits. */
  public static int fold(long sum) {
    long s = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
    s = (s & 0xFFFF) + (s >>> 16);
    s = (s & 0xFFFF) + (s >>> 16);
    return (int) ((s & 0xFFFF) + (s >>> 16));
  }

  /** The checksum field after one 16-bit word it covers changed: RFC 1624 equation 3. */
  public static int update(int checksum, int oldWord, int newWord) {
    return ~fold((~checksum & 0xFFFF) + (~oldWord & 0xFFFF) + newWord) & 0xFFFF;
  }

  /** Sum of the pseudo-header of TCP and UDP over IPv4 or IPv6, not folded. */
  public static long pseudoHeader(
      MemorySegment s, long packet, boolean ipv6, int protocol, int l4Length) {
    long addresses = ipv6 ? sum(s, packet + 8, 32, 0) : sum(s, packet + 12, 8, 0);
    return addresses + protocol + l4Length;
  }
}
