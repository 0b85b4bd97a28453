package dev.twinspan.ffi.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * How this kernel's structs are read and written: LP64, native byte order unless named otherwise.
 */
final class Abi {
  static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
  static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
  static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;

  static final ValueLayout.OfShort NET_U16 = U16.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfInt NET_U32 = U32.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfLong NET_U64 = U64.withOrder(ByteOrder.BIG_ENDIAN);

  /** struct iovec: address u64, length u64. */
  static final int IOVEC_SIZE = 16;

  private Abi() {}

  /**
   * The address a hot call hands to the kernel, after the checks that a {@link MemorySegment}
   * parameter would have had.
   *
   * @throws IndexOutOfBoundsException when the range is not inside the segment
   * @throws IllegalArgumentException when it lies on the Java heap, where it has no address
   */
  static long address(MemorySegment segment, long offset, long length) {
    Objects.checkFromIndexSize(offset, length, segment.byteSize());
    if (!segment.isNative()) {
      throw new IllegalArgumentException("a system call needs off-heap memory, got a heap segment");
    }
    return segment.address() + offset;
  }
}
