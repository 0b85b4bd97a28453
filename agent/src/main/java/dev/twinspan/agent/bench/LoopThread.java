package dev.twinspan.agent.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One thread of this process, by what the kernel knows of it: /proc/self/task, proc(5).
 *
 * @param id of the kernel
 * @param name at most 15 characters
 */
record LoopThread(long id, String name) {
  private static final Path TASKS = Path.of("/proc/self/task");

  /**
   * Time on a processor until now.
   *
   * @param nanos in all
   * @param userTicks of {@code nanos}, in the program, in hundredths of a second
   * @param systemTicks and in the kernel
   */
  record Time(long nanos, long userTicks, long systemTicks) {
    Time since(Time before) {
      return new Time(
          nanos - before.nanos, userTicks - before.userTicks, systemTicks - before.systemTicks);
    }

    /** Of the time on a processor, what was the kernel's: 0 to 1. */
    double systemShare() {
      long ticks = userTicks + systemTicks;
      return ticks == 0 ? 0 : (double) systemTicks / ticks;
    }
  }

  static List<LoopThread> all() {
    List<LoopThread> threads = new ArrayList<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
      for (Path task : tasks) {
        try {
          String name = Files.readString(task.resolve("comm")).strip();
          threads.add(new LoopThread(Long.parseLong(task.getFileName().toString()), name));
        } catch (IOException _) {
          // It ended while we looked: no such file, or, once it is open, no such process.
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(TASKS.toString(), e);
    }
    return threads;
  }

  /**
   * @param prefix of the name
   */
  static LoopThread named(List<LoopThread> threads, String prefix) {
    return threads.stream()
        .filter(thread -> thread.name().startsWith(prefix))
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("no thread %s in %s".formatted(prefix, threads)));
  }

  Time time() {
    Path task = TASKS.resolve(Long.toString(id));
    try {
      // "nanoseconds on a processor, waiting for one, number of times"
      String schedstat = Files.readString(task.resolve("schedstat"));
      // The name is in parentheses and may hold anything; utime and stime are fields 14 and 15.
      String stat = Files.readString(task.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return new Time(
          Long.parseLong(schedstat.split(" ", 2)[0]),
          Long.parseLong(fields[11]),
          Long.parseLong(fields[12]));
    } catch (IOException e) {
      throw new UncheckedIOException(task.toString(), e);
    }
  }
}
