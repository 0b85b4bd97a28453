package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.rehearse.netns.Exec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A clock that is ten years late, for one program: Linux has no namespace for CLOCK_REALTIME
 * (time_namespaces(7)), so a library is loaded before the C library and tells the time in its
 * place. Clocks that only measure are left alone. Debian's libfaketime does the same, and a JVM
 * under it takes three times as long to start, since it stands in front of everything that waits,
 * too.
 */
final class LateClock {
  private static final Path COMPILER = Path.of("/usr/bin/gcc");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String SOURCE =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <sys/time.h>
      #include <time.h>

      static const time_t late = 10L * 365 * 24 * 3600;

      int clock_gettime(clockid_t clock, struct timespec *at) {
        static int (*real)(clockid_t, struct timespec *);
        if (!real) real = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
        int n = real(clock, at);
        if (n == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec -= late;
        return n;
      }

      int gettimeofday(struct timeval *at, void *zone) {
        struct timespec now;
        (void) zone;
        clock_gettime(CLOCK_REALTIME, &now);
        at->tv_sec = now.tv_sec;
        at->tv_usec = now.tv_nsec / 1000;
        return 0;
      }

      time_t time(time_t *at) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        if (at) *at = now.tv_sec;
        return now.tv_sec;
      }
      """;

  private LateClock() {}

  /**
   * What makes a program's clock late: its environment.
   *
   * @param folder for the library
   */
  static Map<String, String> of(Path folder) throws IOException {
    assumeTrue(Files.isExecutable(COMPILER), "missing: package gcc");
    Path source = Files.writeString(folder.resolve("late.c"), SOURCE);
    Path library = folder.resolve("late.so");
    Exec.Result made =
        Exec.run(
            List.of(
                COMPILER.toString(),
                "-shared",
                "-fPIC",
                "-w",
                "-o",
                library.toString(),
                source.toString(),
                "-ldl"),
            "",
            PATIENCE);
    assertThat(made.ok()).as(made.err()).isTrue();
    return Map.of("LD_PRELOAD", library.toString());
  }
}
