package dev.twinspan.datapath.offload;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** struct iovec on a 64-bit machine: base u64, length u64. */
public final class Iovecs {
  public static final int SIZE = 16;

  private Iovecs() {}

  public static void set(MemorySegment iovecs, int i, long base, long length) {
    iovecs.set(ValueLayout.JAVA_LONG, (long) i * SIZE, base);
    iovecs.set(ValueLayout.JAVA_LONG, (long) i * SIZE + 8, length);
  }

  public static long length(MemorySegment iovecs, int i) {
    return iovecs.get(ValueLayout.JAVA_LONG, (long) i * SIZE + 8);
  }

  public static long base(MemorySegment iovecs, int i) {
    return iovecs.get(ValueLayout.JAVA_LONG, (long) i * SIZE);
  }
}
