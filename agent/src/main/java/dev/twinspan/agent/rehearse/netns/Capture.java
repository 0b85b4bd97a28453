package dev.twinspan.agent.rehearse.netns;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A tcpdump that writes what passes one interface, or all of a machine, to a file. */
public final class Capture implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Daemon tcpdump;
  private final Path file;

  private Capture(Daemon tcpdump, Path file) {
    this.tcpdump = tcpdump;
    this.file = file;
  }

  /**
   * Returns when packets are being captured.
   *
   * @param device an interface, or {@code any}
   * @param filter in pcap-filter(7)'s words; empty for everything
   * @param file pcap, written packet by packet
   */
  public static Capture start(
      Namespace machine, String device, String filter, Path file, Path log) {
    if (!possible()) {
      throw new BenchException(
          "no captures without root: tcpdump changes its user, which a user namespace of one user"
              + " forbids");
    }
    List<String> command =
        List.of(
            "tcpdump",
            "-i",
            device,
            "-U",
            "-n",
            "--immediate-mode",
            "-s",
            "128",
            "-B",
            "8192",
            "-Z",
            "root",
            "-w",
            file.toString(),
            filter);
    Daemon tcpdump = machine.start("tcpdump", log, Map.of(), command);
    Await.orThrow(
        LIMIT,
        () -> tcpdump.tail().contains("listening on") || !tcpdump.alive(),
        "tcpdump on %s in %s to listen".formatted(device, machine),
        tcpdump::tail);
    if (!tcpdump.alive()) {
      throw new BenchException(
          "tcpdump on %s in %s ended (package tcpdump): %s"
              .formatted(device, machine, tcpdump.tail()));
    }
    return new Capture(tcpdump, file);
  }

  /** Whether this process may capture at all. */
  public static boolean possible() {
    return Sandbox.privileged();
  }

  public Path file() {
    return file;
  }

  /** Ends the capture; the file is complete afterwards. */
  @Override
  public void close() {
    tcpdump.terminate(LIMIT);
  }
}
