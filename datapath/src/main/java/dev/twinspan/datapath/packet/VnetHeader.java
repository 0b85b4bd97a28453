package dev.twinspan.datapath.packet;

import dev.twinspan.ffi.linux.Tun;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * struct virtio_net_hdr before each packet of the TUN, native byte order.
 *
 * <pre>
 *  0 u8 flags  1 u8 gso_type  2 u16 hdr_len  4 u16 gso_size  6 u16 csum_start  8 u16 csum_offset
 * </pre>
 *
 * Offsets of checksums count from the IP header. Linux: include/uapi/linux/virtio_net.h.
 */
public final class VnetHeader {
  public static final int LENGTH = Tun.VNET_HEADER_LENGTH;

  /** The checksum field holds the un-inverted pseudo-header sum and is to be completed. */
  public static final int NEEDS_CSUM = 1;

  /** The checksum was verified. */
  public static final int DATA_VALID = 2;

  public static final int GSO_NONE = 0;
  public static final int GSO_TCPV4 = 1;
  public static final int GSO_TCPV6 = 4;
  public static final int GSO_UDP_L4 = 5;

  /** May be set beside a TCP type: CWR belongs to the first segment only. */
  public static final int GSO_ECN = 0x80;

  private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;

  private VnetHeader() {}

  public static int flags(MemorySegment s, long at) {
    return Wire.u8(s, at);
  }

  /** Without the ECN bit. */
  public static int gsoType(MemorySegment s, long at) {
    return Wire.u8(s, at + 1) & ~GSO_ECN;
  }

  public static int gsoSize(MemorySegment s, long at) {
    return s.get(U16, at + 4) & 0xFFFF;
  }

  public static int checksumStart(MemorySegment s, long at) {
    return s.get(U16, at + 6) & 0xFFFF;
  }

  public static int checksumOffset(MemorySegment s, long at) {
    return s.get(U16, at + 8) & 0xFFFF;
  }

  /** A packet that goes as it is. */
  public static void plain(MemorySegment s, long at, int flags) {
    s.set(U16, at, (short) 0);
    s.set(U16, at + 2, (short) 0);
    s.set(U16, at + 4, (short) 0);
    s.set(U16, at + 6, (short) 0);
    s.set(U16, at + 8, (short) 0);
    Wire.u8(s, at, flags);
  }

  /** A super-packet the kernel is to cut, or hand on whole. */
  public static void gso(
      MemorySegment s,
      long at,
      int type,
      int headerLength,
      int gsoSize,
      int checksumStart,
      int checksumOffset) {
    Wire.u8(s, at, NEEDS_CSUM);
    Wire.u8(s, at + 1, type);
    s.set(U16, at + 2, (short) headerLength);
    s.set(U16, at + 4, (short) gsoSize);
    s.set(U16, at + 6, (short) checksumStart);
    s.set(U16, at + 8, (short) checksumOffset);
  }
}
