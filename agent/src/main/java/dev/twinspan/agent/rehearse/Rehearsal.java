package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.RehearsalReport.Bytes;
import dev.twinspan.agent.rehearse.RehearsalReport.Phase;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.rehearse.netns.Requirements;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.TunnelStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The play: both tunnels up, traffic over both, one instance killed, the outage measured, the
 * instance restored, everything put away. Each step has an expectation; the first that fails ends
 * the play. For one thread.
 */
final class Rehearsal implements AutoCloseable {
  private static final int KILLED = 0;
  private static final int FLOWS = 32;
  private static final double PACKETS_PER_SECOND = 50;
  private static final int PACKET_BYTES = 512;
  private static final int FILE_BYTES = 8 << 20;
  private static final int FILE_CONNECTIONS = 8;

  /** Three agents that start at once, 20 to 40 s of it on a busy machine. */
  private static final Duration TUNNELS_UP = Duration.ofSeconds(90);

  /**
   * The standard liveness check (RFC 7296 section 2.4) with Azure's shortest timeout, and a margin.
   */
  private static final Duration TRAFFIC_MOVES = Gateways.DPD.multipliedBy(3);

  /** A hold-down of a minute among it, where the machine was too slow for the tunnel before. */
  private static final Duration TUNNEL_RETURNS = Duration.ofSeconds(150);

  private static final Duration TRAFFIC_FLOWS = Duration.ofSeconds(60);
  private static final Duration IN_ORDER = Duration.ofSeconds(20);

  /**
   * What is played.
   *
   * @param peer who plays Azure's instances
   * @param nat whether the appliance is behind a NAT
   * @param bgp whether the prefixes are told by BGP, not written into the configuration
   */
  record Options(Stage.Peer peer, boolean nat, boolean bgp, Duration fabricHold) {}

  private final Options options;
  private final Progress progress;
  private final RehearsalReport report;
  private volatile @Nullable Stage stage;
  private @Nullable Hosts hosts;

  Rehearsal(Options options, Progress progress) {
    this.options = options;
    this.progress = progress;
    this.report = new RehearsalReport(options.peer().toString(), options.nat());
  }

  RehearsalReport report() {
    return report;
  }

  /** The stage, once the first step has built it. */
  Stage stage() {
    Stage built = stage;
    if (built == null) {
      throw new IllegalStateException("the stage is built by the first step");
    }
    return built;
  }

  /** What the appliance's agent tells now; empty while it does not run. Any thread. */
  Optional<AgentStatus> appliance() {
    Stage built = stage;
    return built == null ? Optional.empty() : built.status();
  }

  private Hosts hosts() {
    Hosts running = hosts;
    if (running == null) {
      throw new IllegalStateException("traffic is started by an earlier step");
    }
    return running;
  }

  /** Up to traffic over both tunnels. */
  boolean raise() {
    return step("bench", "builds machines and wires", this::build)
        && step("tunnels", "starts both instances and the appliance", this::start)
        && step("traffic", "sends over both tunnels, both ways", this::traffic);
  }

  /** Loses an instance and gets it back. */
  boolean fail() {
    String victim = "in" + KILLED;
    return step("kill", "kills " + victim + ", waits until all traffic has moved", this::kill)
        && step("restore", "restores " + victim + ", waits for its tunnel", this::restore);
  }

  /** The appliance ends and must leave nothing behind. */
  boolean end() {
    boolean ended = step("end", "ends the appliance and looks what it left", this::leave);
    return ended;
  }

  private boolean step(String name, String what, Supplier<String> action) {
    progress.begin(name, what);
    long began = System.nanoTime();
    Phase phase;
    try {
      String sentence = action.get();
      phase = new Phase(name, true, Duration.ofNanos(System.nanoTime() - began), sentence);
    } catch (BenchException e) {
      phase = new Phase(name, false, Duration.ofNanos(System.nanoTime() - began), e.sentence());
    }
    report.add(phase);
    progress.end(phase);
    return phase.passed();
  }

  private String build() {
    if (options.bgp() && options.peer() != Stage.Peer.TWINSPAN) {
      throw new BenchException("--bgp is for instances that are Twinspan agents: leave out --peer");
    }
    List<String> missing = new ArrayList<>(Requirements.missing());
    if (options.peer() == Stage.Peer.STRONGSWAN) {
      missing.addAll(StrongSwan.missing());
    }
    if (!missing.isEmpty()) {
      throw new BenchException("this machine lacks " + String.join(", ", missing));
    }
    stage =
        Stage.set(
            new Bench.Options(options.nat(), options.fabricHold()),
            options.peer(),
            Suite.AZURE_STRONG,
            options.nat() ? Role.RESPONDER_ONLY : Role.DEFAULT,
            Role.DEFAULT);
    if (options.bgp()) {
      stage().speakBgp();
    }
    return "%d machines, files in %s"
        .formatted(stage.bench().topology().machines().size(), stage.bench().directory());
  }

  private String start() {
    stage().start();
    hosts = stage().bench().hosts();
    stage().awaitBothUp(TUNNELS_UP);
    return "both up: "
        + String.join(
            ", ",
            stage().status().orElseThrow().tunnels().stream()
                .map(t -> t.name() + " " + suites(t))
                .toList())
        + sessions();
  }

  /** With {@code --bgp}: traffic needs the routes, so they are there. */
  private String sessions() {
    return stage().status().orElseThrow().bgp().stream()
        .map(
            s ->
                ", BGP with AS %d at %s: %d in, %d out"
                    .formatted(s.asn(), s.remote(), s.accepted(), s.advertised()))
        .collect(Collectors.joining());
  }

  private static String suites(TunnelStatus tunnel) {
    String ike = tunnel.ike() == null ? "?" : tunnel.ike().suite();
    String esp = tunnel.childSas().isEmpty() ? "?" : tunnel.childSas().getFirst().suite();
    return ike + " / " + esp;
  }

  private String traffic() {
    Map<String, Bytes> before = counters();
    hosts().udp(FLOWS, PACKETS_PER_SECOND, PACKET_BYTES);
    var up = hosts().lan().file(Addresses.VNET_HOST, true, FILE_CONNECTIONS, FILE_BYTES);
    var down = hosts().lan().file(Addresses.VNET_HOST, false, FILE_CONNECTIONS, FILE_BYTES);
    if (!up.intact() || !down.intact()) {
      throw new BenchException("a file came with another checksum than it was sent with");
    }
    awaitBothCarry(before);
    awaitAllAlive(TRAFFIC_FLOWS);
    return "%d UDP flows; %d MB over %d TCP connections up in %.1f s, down in %.1f s, checksums right"
        .formatted(
            FLOWS,
            FILE_BYTES >> 20,
            FILE_CONNECTIONS,
            Outage.seconds(up.time()),
            Outage.seconds(down.time()));
  }

  private String kill() {
    hosts().mark();
    stage().bench().kill(KILLED);
    Outage outage = awaitAllAlive(TRAFFIC_MOVES);
    report.outage("kill", outage);
    return outage.toString();
  }

  private String restore() {
    Map<String, Bytes> before = counters();
    hosts().mark();
    stage().bench().restore(KILLED);
    stage().awaitBothUp(TUNNEL_RETURNS);
    awaitBothCarry(before);
    Outage outage = awaitAllAlive(TRAFFIC_FLOWS);
    report.outage("restore", outage);
    return "both tunnels are up and carry traffic; " + outage;
  }

  private String leave() {
    counters().forEach(report::bytes);
    if (!stage().appliance().stop(IN_ORDER)) {
      throw new BenchException(
          "the agent did not end within %d s of SIGTERM".formatted(IN_ORDER.toSeconds()));
    }
    List<String> left = Leftovers.in(stage().bench().topology().cpe());
    if (!left.isEmpty()) {
      throw new BenchException("the agent left behind: " + String.join("; ", left));
    }
    return "the agent ended in order and left no device, address or route";
  }

  /** Both directions on both tunnels, by the appliance's own counters. */
  private void awaitBothCarry(Map<String, Bytes> before) {
    Await.orThrow(
        TRAFFIC_FLOWS,
        () -> {
          Map<String, Bytes> now = counters();
          return now.size() == 2
              && now.entrySet().stream()
                  .allMatch(
                      e -> grew(before.getOrDefault(e.getKey(), new Bytes(0, 0)), e.getValue()));
        },
        "bytes in both directions on both tunnels",
        () -> "before %s, now %s".formatted(before, counters()));
  }

  private static boolean grew(Bytes before, Bytes now) {
    return now.in() > before.in() && now.out() > before.out();
  }

  private Map<String, Bytes> counters() {
    Map<String, Bytes> counters = new TreeMap<>();
    stage()
        .status()
        .ifPresent(
            status ->
                status
                    .tunnels()
                    .forEach(
                        t ->
                            counters.put(
                                t.name(),
                                new Bytes(t.traffic().inBytes(), t.traffic().outBytes()))));
    return counters;
  }

  /** Waits until every flow's echo comes. */
  private Outage awaitAllAlive(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    Outage outage;
    do {
      outage = outage();
    } while (outage.alive() < outage.flows() && System.nanoTime() - deadline < 0);
    if (outage.alive() < outage.flows()) {
      throw new BenchException(
          "after %.0f s: %s. %s".formatted(Outage.seconds(limit), outage, stage().describe()));
    }
    return outage;
  }

  /** Alive is what receives within ten packets' time. */
  private Outage outage() {
    List<FlowReport> earlier = hosts().lan().flows();
    Await.pause(Duration.ofMillis((long) (10_000 / PACKETS_PER_SECOND)));
    return Outage.of(hosts().lan().flows(), earlier, hosts().vnet().echoed());
  }

  @Override
  public void close() {
    if (stage != null) {
      stage.close();
    }
  }
}
