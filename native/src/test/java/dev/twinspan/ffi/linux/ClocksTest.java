package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ClocksTest {
  @Test
  void shouldTellTheTimeSinceBoot() throws IOException {
    long before = hundredthsOfUptime();
    long boot = Clocks.boot();
    long after = hundredthsOfUptime();

    assertThat(boot / 10_000_000).isBetween(before, after);
    assertThat(Clocks.monotonic()).isLessThanOrEqualTo(Clocks.boot());
  }

  @Test
  void shouldNotGoBackwards() {
    long first = Clocks.monotonic();
    assertThat(Clocks.monotonic()).isGreaterThanOrEqualTo(first);
  }

  /** CLOCK_BOOTTIME by another way. */
  private static long hundredthsOfUptime() throws IOException {
    String uptime = Files.readString(Path.of("/proc/uptime")).split(" ", 2)[0];
    return Long.parseLong(uptime.replace(".", ""));
  }
}
