package dev.twinspan.datapath.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Big-endian fields at byte offsets: what every header on the wire is made of. */
public final class Wire {
  private static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Wire() {}

  public static int u8(MemorySegment s, long at) {
    return s.get(U8, at) & 0xFF;
  }

  public static int u16(MemorySegment s, long at) {
    return s.get(U16, at) & 0xFFFF;
  }

  /** As an int: the sign bit is the highest bit on the wire. */
  public static int u32(MemorySegment s, long at) {
    return s.get(U32, at);
  }

  public static long u64(MemorySegment s, long at) {
    return s.get(U64, at);
  }

  public static void u8(MemorySegment s, long at, int value) {
    s.set(U8, at, (byte) value);
  }

  public static void u16(MemorySegment s, long at, int value) {
    s.set(U16, at, (short) value);
  }

  public static void u32(MemorySegment s, long at, int value) {
    s.set(U32, at, value);
  }

  public static void u64(MemorySegment s, long at, long value) {
    s.set(U64, at, value);
  }
}
