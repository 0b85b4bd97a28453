package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.SelfCommand;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Exec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * However a rehearsal ends, nothing of it stays: no process, and with the processes no namespace,
 * no device and no route; the files of one that was killed go with the next.
 */
class CleanupIT {
  private static final Duration HELD = Duration.ofMinutes(4);
  private static final Duration GONE = Duration.ofSeconds(90);

  @TempDir private Path temporary;
  private Process rehearsal;
  private List<ProcessHandle> processes;

  @BeforeEach
  void hold() throws IOException {
    Path log = temporary.resolve("log");
    rehearsal = rehearse(log, "--hold");
    Await.orThrow(
        HELD,
        () -> read(log).contains("The bench stays up"),
        "the bench to be up",
        () -> read(log));
    processes = rehearsal.descendants().toList();
    // Seven machines, three agents and two hosts of traffic, most of them behind an nsenter.
    assertThat(processes).hasSizeGreaterThan(12);
  }

  @AfterEach
  void end() {
    rehearsal.destroyForcibly();
  }

  @Test
  void shouldLeaveNothingAfterCtrlC() throws IOException, InterruptedException {
    Exec.run("kill", "-INT", Long.toString(rehearsal.pid())).orThrow();
    assertGone();
    assertThat(rehearsal.waitFor(90, TimeUnit.SECONDS)).isTrue();
    assertThat(benches()).isEmpty();
  }

  @Test
  void shouldLeaveNoProcessAfterSigkillAndNoFileAfterTheNextRun() throws IOException {
    rehearsal.destroyForcibly();
    assertGone();
    assertThat(benches()).hasSize(1);
    Path left = benches().getFirst();
    Path log = temporary.resolve("next");
    Process next = rehearse(log, "--peer", "nobody");
    next.onExit().join();
    assertThat(next.exitValue()).isEqualTo(2);
    next = rehearse(log, "--hold");
    Await.orThrow(HELD, () -> !Files.exists(left), "the leftovers to go", () -> read(log));
    next.destroyForcibly().onExit().join();
  }

  /** With its own temporary directory, so that other benches on this machine do not count. */
  private Process rehearse(Path log, String... options) throws IOException {
    List<String> command = new ArrayList<>(SelfCommand.of("rehearse"));
    command.addAll(List.of(options));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary);
    return builder.start();
  }

  private void assertGone() {
    Await.orThrow(
        GONE,
        () -> processes.stream().noneMatch(ProcessHandle::isAlive),
        "every process of the bench to be gone",
        () ->
            processes.stream()
                .filter(ProcessHandle::isAlive)
                .map(p -> p.info().toString())
                .toList()
                .toString());
  }

  private List<Path> benches() throws IOException {
    try (Stream<Path> files = Files.list(temporary)) {
      return files.filter(f -> f.getFileName().toString().startsWith("twinspan-bench-")).toList();
    }
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
