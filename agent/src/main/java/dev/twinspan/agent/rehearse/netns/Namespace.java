package dev.twinspan.agent.rehearse.netns;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One machine of the bench: a network namespace of a {@link Sandbox}. Any thread may call. */
public final class Namespace {
  /** A program of ours may be among them, whose JVM alone was seen to take 14 s. */
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Sandbox sandbox;
  private final String name;
  private final long pid;

  Namespace(Sandbox sandbox, String name, long pid) {
    this.sandbox = sandbox;
    this.name = name;
    this.pid = pid;
  }

  public String name() {
    return name;
  }

  /** A process that lives in it: {@code nsenter --target PID --net}. */
  public long pid() {
    return pid;
  }

  /** {@code ip ARGUMENTS}; throws when it fails. */
  public String ip(String... arguments) {
    return run("", prepend("ip", arguments)).orThrow().out();
  }

  /** A ruleset for {@code nft -f}, put in force as one transaction. */
  public void nft(String ruleset) {
    run(ruleset, List.of("nft", "-f", "-")).orThrow();
  }

  /** {@code net.ipv4.ip_forward} and the like. */
  public void sysctl(String key, String value) {
    run(value, List.of("tee", "/proc/sys/" + key.replace('.', '/'))).orThrow();
  }

  /** Runs to its end, whatever that is. */
  public Exec.Result run(String input, List<String> command) {
    List<String> inside = new ArrayList<>(sandbox.enter(pid, false));
    inside.addAll(command);
    return Exec.run(inside, input, LIMIT);
  }

  /** The whole command line that runs {@code command} here, for showing to a person. */
  public List<String> commandLine(String... command) {
    return append(sandbox.enter(pid, false), List.of(command));
  }

  /**
   * Starts what keeps running. Standard output and error go to {@code log}.
   *
   * @param environment added to this process's own
   */
  public Daemon start(
      String role, Path log, Map<String, String> environment, List<String> command) {
    ProcessBuilder builder =
        Exec.builder(inSession(command))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    return Daemon.start(role + " in " + name, builder, log);
  }

  /**
   * Starts a program that is talked to by its standard input and output; its errors go to {@code
   * log}.
   */
  public Daemon converse(String role, Path log, List<String> command) {
    ProcessBuilder builder =
        Exec.builder(inSession(command))
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    return Daemon.start(role + " in " + name, builder, log);
  }

  /**
   * A file of {@code /proc/net} as this namespace has it: {@code route}, {@code dev}, {@code snmp}
   * …; costs no process.
   */
  public List<String> procNet(String file) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(pid), "net", file));
    } catch (IOException e) {
      throw new BenchException(
          "cannot read /proc/net/%s of namespace %s: %s".formatted(file, name, e.getMessage()), e);
    }
  }

  /**
   * A session of its own keeps the terminal's Ctrl-C for the bench, which then ends the rest in
   * order.
   */
  private List<String> inSession(List<String> command) {
    return append(append(List.of("setsid"), sandbox.enter(pid, true)), command);
  }

  private static List<String> prepend(String first, String... rest) {
    return append(List.of(first), List.of(rest));
  }

  private static List<String> append(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  @Override
  public String toString() {
    return name;
  }
}
