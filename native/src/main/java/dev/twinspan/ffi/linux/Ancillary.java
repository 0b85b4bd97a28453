package dev.twinspan.ffi.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Control messages of recvmsg(2) and sendmsg(2), ip(7), udp(7). Static accessors over the control
 * buffer; nothing is allocated.
 *
 * <pre>
 *   struct cmsghdr:  0 u64 length, header included   8 i32 level   12 i32 type   16 data, padded to 8
 * </pre>
 */
final class Ancillary {
  static final int SOL_IP = 0;
  static final int SOL_UDP = 17;
  static final int SOL_IPV6 = 41;

  static final int IP_TOS = 1;
  static final int IP_PKTINFO = 8;
  static final int IPV6_PKTINFO = 50;
  static final int IPV6_TCLASS = 67;
  static final int UDP_SEGMENT = 103;
  static final int UDP_GRO = 104;

  static final int HEADER = 16;

  /** struct in_pktinfo: ifindex u32, local address to answer from, destination of the header. */
  static final int IN_PKTINFO_LENGTH = 12;

  /** struct in6_pktinfo: address, ifindex u32. */
  static final int IN6_PKTINFO_LENGTH = 20;

  private Ancillary() {}

  /** Whether a whole control message starts at {@code at}, in a buffer that ends at {@code end}. */
  static boolean holds(MemorySegment control, long at, long end) {
    return end - at >= HEADER && length(control, at) >= HEADER && length(control, at) <= end - at;
  }

  /** Where the next control message starts. */
  static long next(MemorySegment control, long at) {
    return at + aligned(length(control, at));
  }

  /** Whether this is a control message of that kind with at least that much data. */
  static boolean is(MemorySegment control, long at, int level, int type, int dataLength) {
    return control.get(Abi.U32, at + 8) == level
        && control.get(Abi.U32, at + 12) == type
        && length(control, at) - HEADER >= dataLength;
  }

  static long putSegmentSize(MemorySegment control, long at, int bytes) {
    control.set(Abi.U16, at + HEADER, (short) bytes);
    return put(control, at, SOL_UDP, UDP_SEGMENT, Short.BYTES);
  }

  static long putTos(MemorySegment control, long at, boolean inet6, int tos) {
    control.set(Abi.U32, at + HEADER, tos);
    return inet6
        ? put(control, at, SOL_IPV6, IPV6_TCLASS, Integer.BYTES)
        : put(control, at, SOL_IP, IP_TOS, Integer.BYTES);
  }

  /** The source address; interface 0 leaves the choice of the way to the routing table. */
  static long putSource(MemorySegment control, long at, int address) {
    control.set(Abi.U32, at + HEADER, 0);
    control.set(Abi.NET_U32, at + HEADER + 4, address);
    control.set(Abi.U32, at + HEADER + 8, 0);
    return put(control, at, SOL_IP, IP_PKTINFO, IN_PKTINFO_LENGTH);
  }

  static long putSource(MemorySegment control, long at, long high, long low, int interfaceIndex) {
    control.set(Abi.NET_U64, at + HEADER, high);
    control.set(Abi.NET_U64, at + HEADER + 8, low);
    control.set(Abi.U32, at + HEADER + 16, interfaceIndex);
    return put(control, at, SOL_IPV6, IPV6_PKTINFO, IN6_PKTINFO_LENGTH);
  }

  private static long put(MemorySegment control, long at, int level, int type, int dataLength) {
    control.set(ValueLayout.JAVA_LONG_UNALIGNED, at, HEADER + dataLength);
    control.set(Abi.U32, at + 8, level);
    control.set(Abi.U32, at + 12, type);
    return at + aligned(HEADER + dataLength);
  }

  private static long length(MemorySegment control, long at) {
    return control.get(Abi.U64, at);
  }

  private static long aligned(long length) {
    return (length + 7) & ~7L;
  }
}
