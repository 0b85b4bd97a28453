package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a datagram socket bound as systemd binds its own. */
class SystemdNotifyTest {
  @TempDir Path directory;
  private int systemd = -1;

  @AfterEach
  void closeSocket() {
    if (systemd >= 0) {
      FileCalls.close(systemd);
    }
  }

  @Test
  void shouldSpeakToASocketInTheFileSystem() {
    Path path = directory.resolve("notify");
    bind(path.toString());
    try (SystemdNotify notify = SystemdNotify.of(Map.of("NOTIFY_SOCKET", path.toString()))) {
      assertSpeaks(notify);
    }
  }

  @Test
  void shouldSpeakToAnAbstractSocket() {
    String address = "@twinspan-test-" + UUID.randomUUID();
    bind(address);
    try (SystemdNotify notify = SystemdNotify.of(Map.of("NOTIFY_SOCKET", address))) {
      assertSpeaks(notify);
    }
  }

  private void assertSpeaks(SystemdNotify notify) {
    assertThat(notify.ready("2 of 2 tunnels up")).isTrue();
    assertThat(received()).isEqualTo("READY=1\nSTATUS=2 of 2 tunnels up");
    assertThat(notify.status("1 of 2\nREADY=1\r\nforged")).isTrue();
    assertThat(received()).isEqualTo("STATUS=1 of 2 READY=1 forged");
    assertThat(notify.alive()).isTrue();
    assertThat(received()).isEqualTo("WATCHDOG=1");
    assertThat(notify.stopping()).isTrue();
    assertThat(received()).isEqualTo("STOPPING=1");

    long before = Clocks.monotonic() / 1000;
    assertThat(notify.reloading()).isTrue();
    String[] lines = received().split("\n");
    assertThat(lines).hasSize(2);
    assertThat(lines[0]).isEqualTo("RELOADING=1");
    assertThat(Long.parseLong(lines[1].substring("MONOTONIC_USEC=".length())))
        .isBetween(before, Clocks.monotonic() / 1000);
  }

  @Test
  void shouldSurviveASystemdThatIsGone() {
    Path path = directory.resolve("nobody");
    try (SystemdNotify notify = SystemdNotify.of(Map.of("NOTIFY_SOCKET", path.toString()))) {
      assertThat(notify.alive()).isFalse();
      assertThat(notify.reason()).contains(path.toString(), "ENOENT");

      bind(path.toString());
      assertThat(notify.alive()).isTrue();
      assertThat(notify.reason()).isEqualTo("notifying " + path);
    }
  }

  /** A reader that is stuck must not stick us. */
  @Test
  void shouldNotWaitForASystemdThatDoesNotRead() {
    Path path = directory.resolve("notify");
    bind(path.toString());
    try (SystemdNotify notify = SystemdNotify.of(Map.of("NOTIFY_SOCKET", path.toString()))) {
      int taken = 0;
      while (taken < 100_000 && notify.status("x".repeat(1000))) {
        taken++;
      }
      assertThat(taken).isBetween(1, 99_999);
      assertThat(notify.reason()).contains("EAGAIN");
    }
  }

  @Test
  void shouldDoNothingWithoutSystemdAndSayWhy() {
    assertOff(Map.of(), "not started by systemd");
    assertOff(Map.of("NOTIFY_SOCKET", ""), "not started by systemd");
    assertOff(Map.of("NOTIFY_SOCKET", "vsock:2:1234"), "only Unix sockets");
    assertOff(Map.of("NOTIFY_SOCKET", "/" + "x".repeat(107)), "longer than a socket path");
  }

  private static void assertOff(Map<String, String> environment, String reason) {
    try (SystemdNotify notify = SystemdNotify.of(environment)) {
      assertThat(notify.ready("")).isFalse();
      assertThat(notify.reason()).contains(reason);
    }
  }

  @Test
  void shouldFeedTheWatchdogTwiceInItsTime() {
    String own = Long.toString(ProcessHandle.current().pid());

    assertThat(interval(Map.of("WATCHDOG_USEC", "30000000"))).isEqualTo(Duration.ofSeconds(15));
    assertThat(interval(Map.of("WATCHDOG_USEC", "3000", "WATCHDOG_PID", own)))
        .isEqualTo(Duration.ofNanos(1_500_000));
    assertThat(interval(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "1"))).isNull();
    assertThat(interval(Map.of())).isNull();
    assertThat(interval(Map.of("WATCHDOG_USEC", "soon"))).isNull();
    assertThat(interval(Map.of("WATCHDOG_USEC", "9223372036854775807"))).isNull();
  }

  private static Duration interval(Map<String, String> environment) {
    try (SystemdNotify notify = SystemdNotify.of(environment)) {
      return notify.watchdogInterval().orElse(null);
    }
  }

  private void bind(String address) {
    int type = SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_NONBLOCK;
    systemd = SocketCalls.socket(Sockaddr.AF_UNIX, type, 0, "systemd of the test");
    try (Arena arena = Arena.ofConfined()) {
      byte[] path = address.getBytes(StandardCharsets.UTF_8);
      assertThat(SocketCalls.bind(systemd, SystemdNotify.address(arena, path))).isZero();
    }
    assertThat(address.startsWith("@") || Files.exists(Path.of(address))).isTrue();
  }

  private String received() {
    assertThat(FileCalls.awaitReadable(systemd, 2000)).as("a notification came").isTrue();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(4096);
      int n = SocketCalls.recvfrom(systemd, buffer, arena.allocate(128), 0);
      assertThat(n).isPositive();
      return new String(
          buffer.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }
  }
}
