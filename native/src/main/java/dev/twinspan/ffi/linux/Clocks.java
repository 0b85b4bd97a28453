package dev.twinspan.ffi.linux;

import dev.twinspan.ffi.catalogue.Downcall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The kernel's clocks, clock_gettime(2), in nanoseconds. For where the clock itself matters;
 * intervals are {@link System#nanoTime}'s. Any thread.
 */
public final class Clocks {
  static final int CLOCK_MONOTONIC = 1;
  static final int CLOCK_BOOTTIME = 7;

  private static final MethodHandle CLOCK_GETTIME = Downcall.CLOCK_GETTIME.handle();

  private Clocks() {}

  /** Since boot, not counting suspend: the clock systemd compares with. */
  public static long monotonic() {
    return read(CLOCK_MONOTONIC);
  }

  /**
   * Since boot, with the time the machine was suspended: by how much a key or a lease is older
   * after waking up.
   */
  public static long boot() {
    return read(CLOCK_BOOTTIME);
  }

  private static long read(int clock) {
    try (Arena arena = Arena.ofConfined()) {
      // struct timespec: seconds i64, nanoseconds i64
      MemorySegment time = arena.allocate(16, 8);
      int n = (int) CLOCK_GETTIME.invokeExact(clock, time);
      if (n != 0) {
        throw new KernelException("clock_gettime(" + clock + ")", Errno.EINVAL);
      }
      return time.get(Abi.U64, 0) * 1_000_000_000L + time.get(Abi.U64, 8);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }
}
