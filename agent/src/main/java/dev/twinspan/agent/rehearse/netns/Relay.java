package dev.twinspan.agent.rehearse.netns;

import dev.twinspan.agent.rehearse.netns.RelayQueue.Impairment;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Delay, jitter, duplication and reordering on the way to an instance, for kernels without netem:
 * policy routes lead that instance's packets through a TUN device, behind which a process ({@link
 * RelayHost}) holds each back for its time. Started with the first impairment. For one thread at a
 * time.
 */
public final class Relay implements AutoCloseable {
  static final String DEVICE = "relay0";
  private static final String TABLE = "100";

  /** A JVM of its own: 10 to 14 s were seen at a load of 23 on 2 cores. */
  private static final Duration START = Duration.ofSeconds(60);

  private final Topology topology;
  private final Path log;
  private final List<String> program;
  private final Map<Integer, Impairment> impairments = new TreeMap<>();
  private @Nullable Daemon host;
  private @Nullable PrintStream orders;

  /**
   * @param program command line of {@code twinspan rehearse relay}
   */
  public Relay(Topology topology, Path log, List<String> program) {
    this.topology = topology;
    this.log = log;
    this.program = program;
  }

  public void impair(int instance, Impairment impairment) {
    PrintStream to = running();
    if (impairments.put(instance, impairment) == null) {
      rules("add", instance);
    }
    to.println(Addresses.INSTANCES.get(instance) + " " + impairment.words());
  }

  public void clear(int instance) {
    if (impairments.remove(instance) != null) {
      rules("del", instance);
    }
  }

  /** What is impaired, in words, for the page. */
  public List<String> describe() {
    return impairments.entrySet().stream()
        .map(e -> Topology.instanceName(e.getKey()) + " " + e.getValue())
        .toList();
  }

  /** Only what comes from the outside wires: what the relay gives back goes its way. */
  private void rules(String verb, int instance) {
    Namespace inet = topology.inet();
    String name = Topology.instanceName(instance);
    String address = Addresses.INSTANCES.get(instance);
    inet.ip("rule", verb, "iif", name, "lookup", TABLE);
    inet.ip("rule", verb, "iif", "cpe", "to", address, "lookup", TABLE);
  }

  private PrintStream running() {
    PrintStream open = orders;
    if (open != null) {
      return open;
    }
    Namespace inet = topology.inet();
    Daemon started = inet.converse("relay", log, program);
    boolean up = Await.until(START, () -> !started.alive() || hasDevice(inet));
    if (!up || !started.alive()) {
      boolean ended = !started.alive();
      // Another attempt could not have the device while this one goes on.
      started.kill();
      throw new BenchException(
          "the relay %s: %s"
              .formatted(
                  ended
                      ? "ended"
                      : "has no device %s after %d s".formatted(DEVICE, START.toSeconds()),
                  started.tail()));
    }
    inet.ip("route", "replace", "default", "dev", DEVICE, "table", TABLE);
    host = started;
    open = new PrintStream(started.process().getOutputStream(), true, StandardCharsets.UTF_8);
    orders = open;
    return open;
  }

  /** Up, so that a route can lead there. */
  private static boolean hasDevice(Namespace inet) {
    return inet.run("", List.of("ip", "link", "show", DEVICE, "up")).out().contains(DEVICE);
  }

  @Override
  public void close() {
    if (host != null) {
      host.kill();
    }
  }
}
