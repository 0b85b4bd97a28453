package dev.twinspan.ffi.linux;

import dev.twinspan.ffi.catalogue.Downcall;
import dev.twinspan.ffi.catalogue.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The system calls that packets cross by: a byte count or {@code -errno}, nothing allocated.
 *
 * <p>The shim returns {@code -errno} by itself. The JDK's own capture of errno slices its segment
 * at each call, and wherever the compiler does not inline that deep the slice is an object a
 * packet; it serves only where the shim is not there.
 */
final class HotCalls {
  private static final boolean SHIM = Shim.failure() == null;

  private static final MethodHandle READ = link(Downcall.TS_READ, Downcall.READ);
  private static final MethodHandle WRITEV = link(Downcall.TS_WRITEV, Downcall.WRITEV);
  private static final MethodHandle SENDMSG = link(Downcall.TS_SENDMSG, Downcall.SENDMSG);
  private static final MethodHandle RECVMSG = link(Downcall.TS_RECVMSG, Downcall.RECVMSG);

  private HotCalls() {}

  private static MethodHandle link(Downcall shim, Downcall libc) {
    return (SHIM ? shim : libc).handle();
  }

  /** {@code read(fd, address, length)}. */
  static int read(int fd, long address, long length) {
    try {
      if (SHIM) {
        return (int) (long) READ.invokeExact(fd, address, length);
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
        return outcome((long) READ.invokeExact(errno, fd, address, length), errno);
      }
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** {@code writev(fd, iovecs, count)}. */
  static int writev(int fd, long iovecs, int count) {
    try {
      if (SHIM) {
        return (int) (long) WRITEV.invokeExact(fd, iovecs, count);
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
        return outcome((long) WRITEV.invokeExact(errno, fd, iovecs, count), errno);
      }
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** {@code sendmsg(fd, message, 0)}. */
  static int sendmsg(int fd, long message) {
    try {
      if (SHIM) {
        return (int) (long) SENDMSG.invokeExact(fd, message, 0);
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
        return outcome((long) SENDMSG.invokeExact(errno, fd, message, 0), errno);
      }
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** {@code recvmsg(fd, message, 0)}. */
  static int recvmsg(int fd, long message) {
    try {
      if (SHIM) {
        return (int) (long) RECVMSG.invokeExact(fd, message, 0);
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
        return outcome((long) RECVMSG.invokeExact(errno, fd, message, 0), errno);
      }
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  private static int outcome(long n, MemorySegment errno) {
    return n >= 0 ? (int) n : -errno.get(ValueLayout.JAVA_INT, 0);
  }
}
