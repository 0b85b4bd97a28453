package dev.twinspan.ffi.crypto;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One entry of a decapsulation vector, shared with the C shim ({@code struct ts_decap} in {@code
 * twinspan_esp.h}). Native byte order, no padding.
 *
 * <pre>
 *   0 u64 in            address of the ESP packet's first byte (SPI); decrypted in place, and of no use
 *                       afterwards when the status is not OK
 *   8 u32 inLength      its length, SPI to ICV
 *  12 u32 sequenceHigh  high half of the sequence number as the replay window infers it; authenticated with ESN
 *  16 u32 status        out: STATUS_*
 *  20 u32 innerOffset   out: offset of the inner packet from {@code in}
 *  24 u32 innerLength   out: payload data before padding (TFC padding, if any, is still behind the inner packet)
 *  28 u8  nextHeader    out: 4 IPv4, 41 IPv6, 59 dummy
 *  29 u8  checksum      out: CHECKSUM_*
 *  30 u16 reserved
 * </pre>
 */
public final class DecapVector {
  public static final int ENTRY_SIZE = 32;

  public static final int STATUS_OK = 0;

  /**
   * The ICV does not match, or the SPI is not the SA's. Nothing of the plaintext is left behind.
   */
  public static final int STATUS_AUTHENTICATION_FAILED = 1;

  /** Too short, longer than 65535, or not a multiple of the cipher's block. */
  public static final int STATUS_BAD_LENGTH = 2;

  /**
   * Pad length larger than the payload, or padding bytes other than 1, 2, 3 … (RFC 4303 section
   * 2.4).
   */
  public static final int STATUS_BAD_PADDING = 3;

  /** The library refused. */
  public static final int STATUS_CIPHER_ERROR = 4;

  /**
   * Not looked at: a fragment, neither TCP nor UDP, behind IPv6 extension headers, UDP without
   * checksum, or lengths that do not fit.
   */
  public static final int CHECKSUM_UNKNOWN = 0;

  /** The L4 checksum holds, and that of the IPv4 header. */
  public static final int CHECKSUM_GOOD = 1;

  public static final int CHECKSUM_BAD = 2;

  private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;

  private DecapVector() {}

  /** Fills the input half of entry {@code i}. */
  public static void set(MemorySegment vector, int i, long in, int inLength, int sequenceHigh) {
    long at = (long) i * ENTRY_SIZE;
    vector.set(U64, at, in);
    vector.set(U32, at + 8, inLength);
    vector.set(U32, at + 12, sequenceHigh);
    vector.set(U32, at + 16, STATUS_CIPHER_ERROR);
  }

  public static int status(MemorySegment vector, int i) {
    return vector.get(U32, (long) i * ENTRY_SIZE + 16);
  }

  public static int innerOffset(MemorySegment vector, int i) {
    return vector.get(U32, (long) i * ENTRY_SIZE + 20);
  }

  public static int innerLength(MemorySegment vector, int i) {
    return vector.get(U32, (long) i * ENTRY_SIZE + 24);
  }

  public static int nextHeader(MemorySegment vector, int i) {
    return Byte.toUnsignedInt(vector.get(ValueLayout.JAVA_BYTE, (long) i * ENTRY_SIZE + 28));
  }

  public static int checksum(MemorySegment vector, int i) {
    return Byte.toUnsignedInt(vector.get(ValueLayout.JAVA_BYTE, (long) i * ENTRY_SIZE + 29));
  }

  /** What {@link #status} says, in words. */
  public static String describe(int status) {
    return switch (status) {
      case STATUS_OK -> "good";
      case STATUS_AUTHENTICATION_FAILED -> "authentication failed";
      case STATUS_BAD_LENGTH -> "bad length";
      case STATUS_BAD_PADDING -> "bad padding";
      case STATUS_CIPHER_ERROR -> "the cipher failed";
      default -> "status " + status;
    };
  }

  static long in(MemorySegment vector, int i) {
    return vector.get(U64, (long) i * ENTRY_SIZE);
  }

  static int inLength(MemorySegment vector, int i) {
    return vector.get(U32, (long) i * ENTRY_SIZE + 8);
  }

  static int sequenceHigh(MemorySegment vector, int i) {
    return vector.get(U32, (long) i * ENTRY_SIZE + 12);
  }

  /** Fills the output half of entry {@code i}. */
  static void result(
      MemorySegment vector,
      int i,
      int status,
      int innerOffset,
      int innerLength,
      int nextHeader,
      int checksum) {
    long at = (long) i * ENTRY_SIZE;
    vector.set(U32, at + 16, status);
    vector.set(U32, at + 20, innerOffset);
    vector.set(U32, at + 24, innerLength);
    vector.set(ValueLayout.JAVA_BYTE, at + 28, (byte) nextHeader);
    vector.set(ValueLayout.JAVA_BYTE, at + 29, (byte) checksum);
  }
}
