package dev.twinspan.agent.rehearse.netns;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A program that keeps running in a namespace. The process started here is nsenter, which waits for
 * the program and ends as it ends; signals go to the program. Any thread may call.
 */
public final class Daemon {
  /** What a busy machine may take to start or to end a program. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static final int TAIL_LINES = 15;

  private final String role;
  private final Process process;
  private final Path log;

  private Daemon(String role, Process process, Path log) {
    this.role = role;
    this.process = process;
    this.log = log;
  }

  static Daemon start(String role, ProcessBuilder builder, Path log) {
    try {
      return new Daemon(role, builder.start(), log);
    } catch (IOException e) {
      throw new BenchException("cannot start %s: %s".formatted(role, e.getMessage()), e);
    }
  }

  public String role() {
    return role;
  }

  /** Streams of a program started with {@link Namespace#converse}. */
  public Process process() {
    return process;
  }

  public boolean alive() {
    return process.isAlive();
  }

  /** SIGKILL: the program gets no chance to tidy up. Returns when it is gone. */
  public void kill() {
    signal(true);
    awaitEnd(LIMIT);
  }

  /**
   * SIGTERM, and SIGKILL when that is not obeyed in time.
   *
   * @return whether it was obeyed
   */
  public boolean terminate(Duration limit) {
    signal(false);
    if (awaitEnd(limit)) {
      return true;
    }
    kill();
    return false;
  }

  /** nsenter forks the program a moment after its own start. */
  private void signal(boolean forcibly) {
    Await.until(LIMIT, () -> !process.isAlive() || process.children().findAny().isPresent());
    List<ProcessHandle> programs =
        forcibly ? process.descendants().toList() : process.children().toList();
    programs.forEach(p -> end(p, forcibly));
  }

  private static void end(ProcessHandle program, boolean forcibly) {
    if (forcibly) {
      program.destroyForcibly();
    } else {
      program.destroy();
    }
  }

  private boolean awaitEnd(Duration limit) {
    return Await.until(limit, () -> !process.isAlive());
  }

  /** The end of what it wrote, for a message that says why it is gone. */
  public String tail() {
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
      int from = Math.max(0, lines.size() - TAIL_LINES);
      return String.join("\n", lines.subList(from, lines.size()));
    } catch (IOException e) {
      return "(no log at %s: %s)".formatted(log, e.getMessage());
    }
  }
}
