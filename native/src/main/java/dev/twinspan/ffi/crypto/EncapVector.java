package dev.twinspan.ffi.crypto;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One entry of an encapsulation vector, shared with the C shim ({@code struct ts_encap} in {@code
 * twinspan_esp.h}). Native byte order, no padding.
 *
 * <pre>
 *   0 u64 in             address of the inner IP packet's first byte
 *   8 u32 inLength       its length; a super-packet up to 65535
 *  12 u16 gsoSize        L4 payload bytes per segment; 0: the packet goes as it is
 *  14 u16 headerLength   L3 + L4 header bytes, repeated on each segment (gsoSize &gt; 0); 0: as the L4 header
 *                        says. Not virtio_net_hdr.hdr_len, which may count payload too
 *  16 u16 checksumStart  offset of the L4 header (FLAG_NEEDS_CHECKSUM, or gsoSize &gt; 0)
 *  18 u16 checksumOffset offset of the checksum field in the L4 header: 16 TCP, 6 UDP
 *  20 u32 flags          FLAG_*
 *  24 u64 out            where the first ESP packet is written; must not overlap the inner packet
 *  32 u32 outCapacity    bytes available there
 *  36 i32 count          out: ESP packets written; negative: ERROR_*
 *  40 u32 stride         out: length of each ESP packet but the last
 *  44 u32 lastLength     out: length of the last
 *  48 u64 sequence       first sequence number, above all earlier ones of the SA; each further segment
 *                        takes the next
 * </pre>
 */
public final class EncapVector {
  public static final int ENTRY_SIZE = 56;

  /**
   * The L4 checksum field holds the un-inverted pseudo-header sum and must be completed
   * (virtio_net_hdr).
   */
  public static final int FLAG_NEEDS_CHECKSUM = 1;

  /**
   * Segment as TCP: sequence numbers advance, FIN and PSH only on the last, CWR only on the first.
   */
  public static final int FLAG_SEGMENT_TCP = 2;

  /** Segment as UDP datagrams (USO). */
  public static final int FLAG_SEGMENT_UDP = 4;

  /** A dummy packet (next header 59, RFC 4303 section 2.6): {@code in} is the filler. */
  public static final int FLAG_DUMMY = 8;

  /** {@code outCapacity} is too small. */
  public static final int ERROR_NO_ROOM = -1;

  /** Header lengths and offsets do not fit the packet, or the ESP packet would pass 65535 bytes. */
  public static final int ERROR_MALFORMED = -2;

  /** The library refused. */
  public static final int ERROR_CIPHER = -3;

  /**
   * A sequence number is not above all earlier ones of this SA (GCM would repeat a nonce), or
   * passes 2^32 - 1 without ESN (RFC 4303 section 3.3.3). Nothing was written.
   */
  public static final int ERROR_SEQUENCE = -4;

  private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;

  private EncapVector() {}

  /** Fills the input half of entry {@code i}. */
  public static void set(
      MemorySegment vector,
      int i,
      long in,
      int inLength,
      int gsoSize,
      int headerLength,
      int checksumStart,
      int checksumOffset,
      int flags,
      long out,
      int outCapacity,
      long sequence) {
    long at = (long) i * ENTRY_SIZE;
    vector.set(U64, at, in);
    vector.set(U32, at + 8, inLength);
    vector.set(U16, at + 12, (short) gsoSize);
    vector.set(U16, at + 14, (short) headerLength);
    vector.set(U16, at + 16, (short) checksumStart);
    vector.set(U16, at + 18, (short) checksumOffset);
    vector.set(U32, at + 20, flags);
    vector.set(U64, at + 24, out);
    vector.set(U32, at + 32, outCapacity);
    vector.set(U32, at + 36, 0);
    vector.set(U64, at + 48, sequence);
  }

  public static int count(MemorySegment vector, int i) {
    return vector.get(U32, (long) i * ENTRY_SIZE + 36);
  }

  /** What {@link #count} says when it is negative, in words. */
  public static String describe(int error) {
    return switch (error) {
      case ERROR_NO_ROOM -> "no room for the ESP packets";
      case ERROR_MALFORMED -> "header lengths and offsets do not fit the packet";
      case ERROR_CIPHER -> "the cipher failed";
      case ERROR_SEQUENCE -> "sequence number used before, or used up";
      default -> "error " + error;
    };
  }

  public static int stride(MemorySegment vector, int i) {
    return vector.get(U32, (long) i * ENTRY_SIZE + 40);
  }

  public static int lastLength(MemorySegment vector, int i) {
    return vector.get(U32, (long) i * ENTRY_SIZE + 44);
  }

  static long in(MemorySegment vector, int i) {
    return vector.get(U64, (long) i * ENTRY_SIZE);
  }

  static int inLength(MemorySegment vector, int i) {
    return vector.get(U32, (long) i * ENTRY_SIZE + 8);
  }

  static int gsoSize(MemorySegment vector, int i) {
    return Short.toUnsignedInt(vector.get(U16, (long) i * ENTRY_SIZE + 12));
  }

  static int headerLength(MemorySegment vector, int i) {
    return Short.toUnsignedInt(vector.get(U16, (long) i * ENTRY_SIZE + 14));
  }

  static int checksumStart(MemorySegment vector, int i) {
    return Short.toUnsignedInt(vector.get(U16, (long) i * ENTRY_SIZE + 16));
  }

  static int checksumOffset(MemorySegment vector, int i) {
    return Short.toUnsignedInt(vector.get(U16, (long) i * ENTRY_SIZE + 18));
  }

  static int flags(MemorySegment vector, int i) {
    return vector.get(U32, (long) i * ENTRY_SIZE + 20);
  }

  static long out(MemorySegment vector, int i) {
    return vector.get(U64, (long) i * ENTRY_SIZE + 24);
  }

  static int outCapacity(MemorySegment vector, int i) {
    return vector.get(U32, (long) i * ENTRY_SIZE + 32);
  }

  static long sequence(MemorySegment vector, int i) {
    return vector.get(U64, (long) i * ENTRY_SIZE + 48);
  }

  /** Fills the output half of entry {@code i}. */
  static void result(MemorySegment vector, int i, int count, int stride, int lastLength) {
    long at = (long) i * ENTRY_SIZE;
    vector.set(U32, at + 36, count);
    vector.set(U32, at + 40, stride);
    vector.set(U32, at + 44, lastLength);
  }
}
