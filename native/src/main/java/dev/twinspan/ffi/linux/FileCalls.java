package dev.twinspan.ffi.linux;

import dev.twinspan.ffi.catalogue.Downcall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** System calls on any file descriptor, but for those that packets cross by ({@link HotCalls}). */
final class FileCalls {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;
  static final int POLLIN = 1;

  private static final MethodHandle OPEN = Downcall.OPEN.handle();
  private static final MethodHandle CLOSE = Downcall.CLOSE.handle();
  private static final MethodHandle IOCTL = Downcall.IOCTL.handle();
  private static final MethodHandle POLL = Downcall.POLL.handle();

  private FileCalls() {}

  /** The descriptor, or {@code -errno}. */
  static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      int fd = (int) OPEN.invokeExact(errno, arena.allocateFrom(path), flags, 0);
      return fd >= 0 ? fd : -errno.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** Nothing can be done about a close that fails: the descriptor is gone either way. */
  static void close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      int _ = (int) CLOSE.invokeExact(arena.allocate(Downcall.ERRNO_LAYOUT), fd);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** 0 or more, or {@code -errno}. */
  static int ioctl(int fd, long request, MemorySegment argument) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      int n = (int) IOCTL.invokeExact(errno, fd, request, argument);
      return n >= 0 ? n : -errno.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** For the requests whose argument is a number and no pointer. */
  static int ioctl(int fd, long request, long argument) {
    return ioctl(fd, request, MemorySegment.ofAddress(argument));
  }

  /**
   * Waits until the descriptor can be read.
   *
   * @param milliseconds how long at most; negative: for ever
   * @return whether it can be; false as well when a signal came first
   */
  static boolean awaitReadable(int fd, int milliseconds) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      // struct pollfd: fd i32, events i16, revents i16
      MemorySegment descriptor = arena.allocate(8, 4);
      descriptor.set(Abi.U32, 0, fd);
      descriptor.set(Abi.U16, 4, (short) POLLIN);
      int ready = (int) POLL.invokeExact(errno, descriptor, 1L, milliseconds);
      int error = ready < 0 ? errno.get(ValueLayout.JAVA_INT, 0) : 0;
      if (error != 0 && error != Errno.EINTR) {
        throw new KernelException("poll(fd=" + fd + ")", error);
      }
      return ready > 0;
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }
}
