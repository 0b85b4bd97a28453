package dev.twinspan.ffi.linux;

import dev.twinspan.ffi.catalogue.Downcall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * How willingly a thread yields the processor, setpriority(2): its nice value. Linux keeps it by
 * thread, whatever POSIX says; Java's own priorities change nothing there. For platform threads: a
 * virtual one would take its carrier along.
 */
public final class ThreadPriority {
  private static final int PRIO_PROCESS = 0;
  private static final int OF_THE_CALLER = 0;
  private static final int LOWEST = 19;

  private static final MethodHandle SETPRIORITY = Downcall.SETPRIORITY.handle();

  private ThreadPriority() {}

  /** Gives the calling thread only what others leave, which is never refused. */
  public static void lowest() {
    int _ = set(LOWEST);
  }

  /**
   * Sets it for the calling thread alone.
   *
   * @param nice −20, the most processor time, to 19
   * @return 0, or the errno: {@link Errno#EACCES} without CAP_SYS_NICE and beyond RLIMIT_NICE
   */
  public static int set(int nice) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      int result = (int) SETPRIORITY.invokeExact(errno, PRIO_PROCESS, OF_THE_CALLER, nice);
      return result == 0 ? 0 : errno.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }
}
