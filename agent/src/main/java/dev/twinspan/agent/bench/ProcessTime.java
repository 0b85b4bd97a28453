package dev.twinspan.agent.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process has used of the processors: /proc/PID/stat, proc(5). */
final class ProcessTime {
  /** USER_HZ is 100 on every architecture served. */
  private static final long NANOS_PER_TICK = 10_000_000;

  /** utime and stime are fields 14 and 15; the second, the name, may hold anything. */
  private static final int UTIME = 14 - 3;

  private ProcessTime() {}

  /** Of all its threads, those that ended included, in steps of 10 ms; 0 when it is gone. */
  static long nanos(long pid) {
    try {
      return nanos(Files.readString(Path.of("/proc", Long.toString(pid), "stat")));
    } catch (IOException _) {
      return 0; // It ended while we looked.
    }
  }

  static long nanos(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[UTIME + 1])) * NANOS_PER_TICK;
  }
}
