package dev.twinspan.ffi.linux;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;

/** Reads the calling thread's allocation counter around a piece of work. */
final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** The first rounds are interpreted and allocate; one that is compiled throughout must not. */
  private static final int ROUNDS = 8;

  private Allocation() {}

  /**
   * Bytes the thriftiest round allocated.
   *
   * @param round the work; answers something that depends on all of it, never 0
   */
  static long leastOf(LongSupplier round) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < ROUNDS && least > 0; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      long result = round.getAsLong();
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
      if (result == 0) {
        throw new AssertionError("the round did nothing");
      }
    }
    return least;
  }
}
