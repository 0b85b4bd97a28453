package dev.twinspan.ffi.linux;

import dev.twinspan.ffi.catalogue.Downcall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** System calls on sockets. {@link #sendmsg} and {@link #recvmsg} allocate nothing. */
final class SocketCalls {
  static final int SOCK_DGRAM = 2;
  static final int SOCK_RAW = 3;
  static final int SOCK_NONBLOCK = FileCalls.O_NONBLOCK;
  static final int SOCK_CLOEXEC = FileCalls.O_CLOEXEC;
  static final int MSG_TRUNC = 0x20;
  static final int MSG_DONTWAIT = 0x40;

  private static final MethodHandle SOCKET = Downcall.SOCKET.handle();
  private static final MethodHandle BIND = Downcall.BIND.handle();
  private static final MethodHandle GETSOCKNAME = Downcall.GETSOCKNAME.handle();
  private static final MethodHandle SETSOCKOPT = Downcall.SETSOCKOPT.handle();
  private static final MethodHandle GETSOCKOPT = Downcall.GETSOCKOPT.handle();
  private static final MethodHandle SENDTO = Downcall.SENDTO.handle();
  private static final MethodHandle RECVFROM = Downcall.RECVFROM.handle();

  private SocketCalls() {}

  /**
   * @param what the socket in words, for the exception
   * @throws KernelException when the kernel has no such family or the process may not
   */
  static int socket(int family, int type, int protocol, String what) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      int fd = (int) SOCKET.invokeExact(errno, family, type | SOCK_CLOEXEC, protocol);
      if (fd < 0) {
        throw new KernelException("socket(" + what + ")", errno.get(ValueLayout.JAVA_INT, 0));
      }
      return fd;
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** 0, or {@code -errno}. */
  static int bind(int fd, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      int n = (int) BIND.invokeExact(errno, fd, address, (int) address.byteSize());
      return n >= 0 ? n : -errno.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** Fills {@code address} with the socket's own; 0, or {@code -errno}. */
  static int getsockname(int fd, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, (int) address.byteSize());
      int n = (int) GETSOCKNAME.invokeExact(errno, fd, address, length);
      return n >= 0 ? n : -errno.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** 0, or {@code -errno}. */
  static int setsockopt(int fd, int level, int option, MemorySegment value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      int n = (int) SETSOCKOPT.invokeExact(errno, fd, level, option, value, (int) value.byteSize());
      return n >= 0 ? n : -errno.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** The option's int, which is never negative for those asked for, or {@code -errno}. */
  static int getsockopt(int fd, int level, int option) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, Integer.BYTES);
      int n = (int) GETSOCKOPT.invokeExact(errno, fd, level, option, value, length);
      return n >= 0 ? value.get(ValueLayout.JAVA_INT, 0) : -errno.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** Sends one datagram to an address; bytes sent, or {@code -errno}. */
  static int sendto(int fd, MemorySegment bytes, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      long n =
          (long)
              SENDTO.invokeExact(
                  errno, fd, bytes, bytes.byteSize(), 0, address, (int) address.byteSize());
      return n >= 0 ? (int) n : -errno.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /**
   * Receives one datagram and who sent it.
   *
   * @return its whole length, which is more than {@code buffer} holds when it was cut; or {@code
   *     -errno}
   */
  static int recvfrom(int fd, MemorySegment buffer, MemorySegment sender, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, (int) sender.byteSize());
      long n =
          (long)
              RECVFROM.invokeExact(
                  errno, fd, buffer, buffer.byteSize(), flags | MSG_TRUNC, sender, length);
      return n >= 0 ? (int) n : -errno.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }
}
