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

  /** proc(5): kilobytes. */
  static long resident(String status) {
    return status
            .lines()
            .filter(line -> line.startsWith(RESIDENT))
            .map(line -> line.substring(RESIDENT.length()).replace("kB", "").strip())
            .mapToLong(Long::parseLong)
            .findFirst()
            .orElse(0)
        * 1024;
  }
}
