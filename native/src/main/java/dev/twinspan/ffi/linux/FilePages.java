package dev.twinspan.ffi.linux;

import dev.twinspan.ffi.catalogue.Downcall;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Pages of files that this process has mapped and cannot write: a program's code, a runtime's
 * classes. What a start touched of them stays mapped for good, though most of it is never looked at
 * again. Any thread.
 */
public final class FilePages {
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");
  private static final int MADV_DONTNEED = 4;
  private static final int KIB = 1024;

  /** Address range, permissions, offset, device, inode, path (proc_pid_smaps(5)). */
  private static final int COLUMNS = 6;

  private static final MethodHandle MADVISE = Downcall.MADVISE.handle();

  private FilePages() {}

  /**
   * One mapping.
   *
   * @param address of its first byte
   * @param length bytes
   * @param path of its file
   * @param resident bytes that are in memory
   */
  record Mapping(long address, long length, String path, long resident) {}

  /**
   * Takes them out of this process (madvise(2), MADV_DONTNEED). They stay in the kernel's cache,
   * which may give them up where memory is short, and come back one by one when touched.
   *
   * @param which by path: of files that were mapped long ago. A library that another thread is
   *     loading at this moment is read-only for a moment and then is not
   * @return bytes that were resident
   * @throws IOException when /proc/self/smaps cannot be read
   */
  public static long release(Predicate<String> which) throws IOException {
    long released = 0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      for (Mapping mapping : untouchable(Files.readAllLines(MAPPINGS))) {
        if (which.test(mapping.path()) && advise(errno, mapping) == 0) {
          released += mapping.resident();
        }
      }
    }
    return released;
  }

  /** Of files, not writable, and without a page that differs from its file. */
  static List<Mapping> untouchable(List<String> smaps) {
    List<Mapping> found = new ArrayList<>();
    @Nullable Mapping current = null;
    for (String line : smaps) {
      String[] columns = line.split(" +", COLUMNS);
      if (columns[0].endsWith(":")) {
        current = current == null ? null : with(current, columns);
      } else {
        add(found, current);
        current = header(columns);
      }
    }
    add(found, current);
    return found;
  }

  private static void add(List<Mapping> found, @Nullable Mapping current) {
    if (current != null && current.resident() > 0) {
      found.add(current);
    }
  }

  /** Null: memory that is not a file's, or may be written. */
  private static @Nullable Mapping header(String[] columns) {
    if (columns.length < COLUMNS
        || columns[1].contains("w")
        || !columns[COLUMNS - 1].startsWith("/")) {
      return null;
    }
    String[] range = columns[0].split("-", 2);
    long from = Long.parseUnsignedLong(range[0], 16);
    return new Mapping(from, Long.parseUnsignedLong(range[1], 16) - from, columns[COLUMNS - 1], 0);
  }

  /** Null: it has pages of its own, or locked ones. */
  private static @Nullable Mapping with(Mapping mapping, String[] columns) {
    return switch (columns[0]) {
      case "Rss:" ->
          new Mapping(
              mapping.address(),
              mapping.length(),
              mapping.path(),
              Long.parseLong(columns[1]) * KIB);
      case "Anonymous:", "Locked:" -> columns[1].equals("0") ? mapping : null;
      default -> mapping;
    };
  }

  /** 0, or the errno. */
  private static int advise(MemorySegment errno, Mapping mapping) {
    try {
      int result =
          (int) MADVISE.invokeExact(errno, mapping.address(), mapping.length(), MADV_DONTNEED);
      return result == 0 ? 0 : errno.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable t) {
      throw Downcall.unexpected(t);
    }
  }
}
