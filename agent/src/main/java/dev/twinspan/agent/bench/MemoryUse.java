package dev.twinspan.agent.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Of this process, at one moment.
 *
 * @param resident bytes of memory that it has
 * @param heap bytes of objects that are in use, after a collection
 */
record MemoryUse(long resident, long heap) {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";
  private static final String ANONYMOUS = "RssAnon:";

  /** Collects garbage first. */
  static MemoryUse now() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long heap = runtime.totalMemory() - runtime.freeMemory();
    try {
      return new MemoryUse(resident(Files.readString(STATUS)), heap);
    } catch (IOException e) {
      throw new UncheckedIOException(STATUS.toString(), e);
    }
  }

  /** Bytes, of proc_pid_status(5). */
  static long resident(String status) {
    return of(status, RESIDENT);
  }

  /** Bytes of it that are no file's: what nobody else shares and the kernel cannot drop. */
  static long anonymous(String status) {
    return of(status, ANONYMOUS);
  }

  /** That file has kilobytes. */
  private static long of(String status, String name) {
    return status
            .lines()
            .filter(line -> line.startsWith(name))
            .map(line -> line.substring(name.length()).replace("kB", "").strip())
            .mapToLong(Long::parseLong)
            .findFirst()
            .orElse(0)
        * 1024;
  }
}
