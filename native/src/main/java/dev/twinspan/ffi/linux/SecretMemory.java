package dev.twinspan.ffi.linux;

import dev.twinspan.ffi.catalogue.Downcall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Pages for keys, as well hidden as this kernel lets them be: out of swap and core dumps always
 * where it can be had, out of other processes' and the kernel's own reach with memfd_secret(2).
 * Zero when allocated, zeroed when closed. Any thread may read and write; one closes, when no other
 * uses the segment any more.
 */
public final class SecretMemory implements AutoCloseable {
  /** How far the pages are hidden. */
  public enum Protection {
    /** memfd_secret: not even mapped in the kernel. */
    SECRET,
    /** Locked in RAM and left out of core dumps. */
    LOCKED,
    /** Ordinary memory, as every refusal says. */
    PLAIN
  }

  /** Same number on every architecture that has it. */
  private static final long SYS_MEMFD_SECRET = 447;

  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final int MADV_DONTDUMP = 16;
  private static final long AT_PAGESZ = 6;

  private static final MethodHandle MMAP = Downcall.MMAP.handle();
  private static final MethodHandle MUNMAP = Downcall.MUNMAP.handle();
  private static final MethodHandle MLOCK = Downcall.MLOCK.handle();
  private static final MethodHandle MADVISE = Downcall.MADVISE.handle();
  private static final MethodHandle FTRUNCATE = Downcall.FTRUNCATE.handle();
  private static final MethodHandle SYSCALL_1 = Downcall.SYSCALL_1.handle();

  /** Where the pages are and what was achieved; a reason when it is less than SECRET. */
  private record Pages(long address, Protection protection, String reason) {}

  private final Pages pages;
  private final long mapped;
  private final MemorySegment segment;
  private boolean closed;

  private SecretMemory(Pages pages, long mapped, long bytes) {
    this.pages = pages;
    this.mapped = mapped;
    this.segment = MemorySegment.ofAddress(pages.address()).reinterpret(bytes);
  }

  /**
   * @param bytes at least 1; whole pages are taken, so gather small keys
   * @throws KernelException when there is no memory at all
   */
  public static SecretMemory allocate(long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException(bytes + " bytes of secret memory, expected at least 1");
    }
    long page = CpuFeatures.auxiliary(AT_PAGESZ);
    long mapped = (bytes + page - 1) / page * page;
    try (Arena arena = Arena.ofConfined()) {
      return new SecretMemory(
          hiddenPages(arena.allocate(Downcall.ERRNO_LAYOUT), mapped), mapped, bytes);
    }
  }

  /**
   * @throws IllegalStateException after close
   */
  public MemorySegment segment() {
    if (closed) {
      throw new IllegalStateException("this secret memory was closed");
    }
    return segment;
  }

  public Protection protection() {
    return pages.protection();
  }

  /** In words, for status. */
  public String reason() {
    return pages.reason();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    segment.fill((byte) 0);
    try (Arena arena = Arena.ofConfined()) {
      int _ =
          (int) MUNMAP.invokeExact(arena.allocate(Downcall.ERRNO_LAYOUT), pages.address(), mapped);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  private static Pages hiddenPages(MemorySegment errno, long length) {
    long secret = secretPages(errno, length);
    if (secret >= 0) {
      return new Pages(secret, Protection.SECRET, "memfd_secret: mapped in this process alone");
    }
    String refusal = "memfd_secret refused: " + Errno.describe((int) -secret);
    long address = map(errno, length, MAP_PRIVATE_ANONYMOUS, -1);
    if (address < 0) {
      throw new KernelException("mmap(" + length + " bytes for keys)", (int) -address);
    }
    int locked = lock(errno, address, length);
    if (locked == 0) {
      return new Pages(
          address, Protection.LOCKED, "locked in RAM, left out of core dumps; " + refusal);
    }
    return new Pages(
        address,
        Protection.PLAIN,
        "may be swapped out; %s; mlock refused: %s: raise LimitMEMLOCK in the systemd unit"
            .formatted(refusal, Errno.describe(-locked)));
  }

  /** The address, or {@code -errno}. */
  private static long secretPages(MemorySegment errno, long length) {
    try {
      long fd = (long) SYSCALL_1.invokeExact(errno, SYS_MEMFD_SECRET, (long) FileCalls.O_CLOEXEC);
      if (fd < 0) {
        return -errno.get(ValueLayout.JAVA_INT, 0);
      }
      try {
        int n = (int) FTRUNCATE.invokeExact(errno, (int) fd, length);
        return n < 0
            ? -errno.get(ValueLayout.JAVA_INT, 0)
            : map(errno, length, MAP_SHARED, (int) fd);
      } finally {
        FileCalls.close((int) fd);
      }
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** The address, or {@code -errno}; user addresses are never negative. */
  private static long map(MemorySegment errno, long length, int flags, int fd) {
    try {
      long address = (long) MMAP.invokeExact(errno, 0L, length, PROT_READ_WRITE, flags, fd, 0L);
      return address == -1 ? -errno.get(ValueLayout.JAVA_INT, 0) : address;
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }

  /** 0, or {@code -errno}. */
  private static int lock(MemorySegment errno, long address, long length) {
    try {
      // Left out of core dumps whether or not it can be locked; the advice cannot fail here.
      int _ = (int) MADVISE.invokeExact(errno, address, length, MADV_DONTDUMP);
      int n = (int) MLOCK.invokeExact(errno, address, length);
      return n < 0 ? -errno.get(ValueLayout.JAVA_INT, 0) : 0;
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }
}
