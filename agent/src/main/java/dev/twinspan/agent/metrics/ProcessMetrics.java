package dev.twinspan.agent.metrics;

import io.prometheus.metrics.model.snapshots.Unit;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What this process takes of its machine. Not by the usual {@code process_…}: the textfile
 * collector's own process has these.
 */
public final class ProcessMetrics {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final File DESCRIPTORS = new File("/proc/self/fd");

  private ProcessMetrics() {}

  static void add(Families families) {
    families
        .once()
        .counter(
            "twinspan_process_cpu_seconds",
            Unit.SECONDS,
            "Processor time the agent has taken.",
            _ -> cpuSeconds())
        .gauge(
            "twinspan_process_resident_memory_bytes",
            Unit.BYTES,
            "Memory the agent has in use.",
            _ -> resident())
        .gauge(
            "twinspan_process_open_fds",
            null,
            "File descriptors the agent has open.",
            _ -> {
              String[] open = DESCRIPTORS.list();
              return open == null ? Families.UNKNOWN : open.length;
            });
  }

  /** Processor time taken, seconds; NaN: not known. */
  public static double cpuSeconds() {
    return ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .map(Duration::toNanos)
        .map(nanos -> nanos / 1e9)
        .orElse(Families.UNKNOWN);
  }

  /** Bytes of memory in use; NaN: not known. proc_pid_status(5): {@code VmRSS: 142336 kB}. */
  public static double resident() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024.0;
        }
      }
    } catch (IOException _) {
      // A machine without /proc: not known.
    }
    return Families.UNKNOWN;
  }
}
