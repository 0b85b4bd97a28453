package dev.twinspan.agent.rehearse.netns;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the bench's network namespaces and processes live: one PID namespace (and, without root,
 * one user namespace), whose first process is a {@code cat} that reads a pipe from this JVM. When
 * the JVM ends, in whatever way, the pipe breaks, the cat ends, and the kernel kills every process
 * of the PID namespace; with its last process each network namespace goes, and with it its
 * interfaces, routes and rules. So nothing is named in {@code /run/netns}, several benches run at
 * once without knowing of each other, and there is nothing to find and remove after a SIGKILL.
 *
 * <p>{@code /proc} stays the outer one: programs find themselves by {@code /proc/self}, and process
 * numbers are those that {@code ps} shows outside.
 *
 * <p>For one thread at a time.
 */
public final class Sandbox implements AutoCloseable {
  /** capabilities(7): what building namespaces, wires and TUN devices takes. */
  private static final int CAP_NET_ADMIN = 12;

  private static final int CAP_SYS_ADMIN = 21;
  private static final Duration END_LIMIT = Duration.ofSeconds(20);

  private final boolean userNamespace;
  private final Holder first;
  private final List<Holder> holders = new ArrayList<>();

  private Sandbox(boolean userNamespace, Holder first) {
    this.userNamespace = userNamespace;
    this.first = first;
    holders.add(first);
  }

  /**
   * @throws BenchException saying in one line what the machine lacks
   */
  public static Sandbox open() {
    boolean userNamespace = !privileged();
    List<String> command = new ArrayList<>(List.of("setsid", "unshare"));
    if (userNamespace) {
      command.addAll(List.of("--user", "--map-root-user"));
    }
    command.addAll(List.of("--net", "--pid", "--fork", "--kill-child", "cat"));
    try {
      return new Sandbox(userNamespace, Holder.start(command));
    } catch (BenchException e) {
      throw new BenchException(e.getMessage() + (userNamespace ? wayOutOfRestriction() : ""), e);
    }
  }

  /** Adds an empty network namespace with its loopback interface up. */
  public Namespace namespace(String name) {
    List<String> command = new ArrayList<>(List.of("setsid"));
    command.addAll(enter(first.pid, true));
    command.addAll(List.of("unshare", "--net", "cat"));
    Holder holder = Holder.start(command);
    holders.add(holder);
    Namespace namespace = new Namespace(this, name, holder.pid);
    namespace.ip("link", "set", "lo", "up");
    return namespace;
  }

  /** What to put before a command so that it runs in the network namespace of that process. */
  List<String> enter(long pid, boolean pidNamespace) {
    List<String> prefix =
        new ArrayList<>(List.of("nsenter", "--target", Long.toString(pid), "--net"));
    if (userNamespace) {
      prefix.addAll(List.of("--user", "--preserve-credentials"));
    }
    if (pidNamespace) {
      prefix.add("--pid");
    }
    return prefix;
  }

  /** Kills every process inside and waits until they are gone. */
  @Override
  public void close() {
    first.close();
    holders.forEach(Holder::close);
  }

  static boolean privileged() {
    try {
      Optional<String> line =
          Files.readAllLines(Path.of("/proc/self/status")).stream()
              .filter(l -> l.startsWith("CapEff:"))
              .findFirst();
      long effective = line.map(l -> Long.parseUnsignedLong(l.substring(7).strip(), 16)).orElse(0L);
      long needed = 1L << CAP_NET_ADMIN | 1L << CAP_SYS_ADMIN;
      return (effective & needed) == needed;
    } catch (IOException e) {
      throw new BenchException("cannot read /proc/self/status: " + e.getMessage(), e);
    }
  }

  private static String wayOutOfRestriction() {
    for (String[] setting :
        new String[][] {
          {"kernel.apparmor_restrict_unprivileged_userns", "1", "0"},
          {"kernel.unprivileged_userns_clone", "0", "1"},
          {"user.max_user_namespaces", "0", "10000"}
        }) {
      Path path = Path.of("/proc/sys", setting[0].split("\\."));
      try {
        if (Files.exists(path) && Files.readString(path).strip().equals(setting[1])) {
          return "; %s is %s: run as root (sudo), or `sudo sysctl -w %s=%s`"
              .formatted(setting[0], setting[1], setting[0], setting[2]);
        }
      } catch (IOException _) {
        // An unreadable setting is not the one to advise on.
      }
    }
    return "; run as root (sudo) where unprivileged user namespaces are not allowed";
  }

  /** A process that does nothing but keep namespaces open until its input ends. */
  private record Holder(Process process, OutputStream input, long pid) {
    static Holder start(List<String> command) {
      try {
        Process process = Exec.builder(command).start();
        OutputStream input = process.getOutputStream();
        // What cat gives back proves that it runs, so that its namespaces are in place.
        try {
          input.write("\n".getBytes(StandardCharsets.US_ASCII));
          input.flush();
        } catch (IOException _) {
          // It ended already; what it said is read below.
        }
        if (process.getInputStream().read() != '\n') {
          String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
          throw new BenchException(
              "`%s` failed: %s".formatted(String.join(" ", command), said.strip()));
        }
        long pid =
            process
                .descendants()
                .filter(p -> p.children().findAny().isEmpty())
                .map(ProcessHandle::pid)
                .findFirst()
                .orElse(process.pid());
        return new Holder(process, input, pid);
      } catch (IOException e) {
        throw new BenchException(
            "cannot run `%s` (package util-linux): %s"
                .formatted(command.getFirst(), e.getMessage()),
            e);
      }
    }

    void close() {
      try {
        input.close();
      } catch (IOException _) {
        // Already broken: it has ended.
      }
      Await.until(END_LIMIT, () -> !process.isAlive());
      process.destroyForcibly();
    }
  }
}
