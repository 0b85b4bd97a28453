package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Capture;
import dev.twinspan.agent.rehearse.netns.Faults.Blackhole;
import dev.twinspan.agent.rehearse.netns.RelayQueue.Impairment;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The bench itself, proven with nothing of ours at the tunnels' ends: stock strongSwan as both
 * instances and as the appliance. What fails here is the bench's fault, not the agent's. Each test
 * leaves both tunnels up.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BenchIT {
  private static final Duration UP = Duration.ofSeconds(90);
  private static final Duration MOVES = Duration.ofSeconds(90);
  private static final Duration STOCK_DPD = Duration.ofSeconds(2);
  private static final int FLOWS = 16;

  private Bench bench;
  private StockAppliance appliance;
  private Hosts hosts;

  @BeforeAll
  void raise() {
    bench = Bench.open(Bench.Options.DEFAULT);
    for (int i = 0; i < 2; i++) {
      Gateways.strongSwan(bench, i, Suite.AZURE_STRONG, Role.RESPONDER_ONLY).start();
    }
    appliance = StockAppliance.in(bench, Suite.AZURE_STRONG, STOCK_DPD);
    appliance.start();
    hosts = bench.hosts();
    awaitBothUp();
    hosts.udp(FLOWS, 50, 256);
    awaitAllAlive(UP);
  }

  @AfterAll
  void close() {
    if (bench != null) {
      bench.close();
    }
  }

  @Test
  void shouldCarryFilesBothWaysOverBothTunnels() {
    long[] before = {carried(0), carried(1)};
    assertThat(hosts.lan().file(Addresses.VNET_HOST, true, 8, 4 << 20).intact()).isTrue();
    assertThat(hosts.lan().file(Addresses.VNET_HOST, false, 8, 4 << 20).intact()).isTrue();
    assertThat(carried(0) - before[0]).isGreaterThan(100_000);
    assertThat(carried(1) - before[1]).isGreaterThan(100_000);
  }

  @Test
  void shouldSilenceAKilledInstanceAndBringItBack() {
    hosts.mark();
    bench.kill(0);
    Await.orThrow(UP, () -> !bench.fabric().uses(0), "the fabric to leave in0", this::state);
    awaitAllAlive(MOVES);
    // Stock gear notices no sooner than its DPD asks.
    assertThat(longestGap()).isGreaterThan(STOCK_DPD);
    bench.restore(0);
    awaitBothUp();
    awaitAllAlive(UP);
  }

  @Test
  void shouldTellPeersOfAPlannedStop() {
    bench.stop(1);
    Await.orThrow(UP, () -> !bench.fabric().uses(1), "the fabric to leave in1", this::state);
    awaitAllAlive(UP);
    bench.restore(1);
    awaitBothUp();
    awaitAllAlive(UP);
  }

  @Test
  void shouldDropOneWayOrEspAlone() {
    for (Blackhole kind : List.of(Blackhole.TO_INSTANCE, Blackhole.FROM_INSTANCE, Blackhole.ESP)) {
      bench.faults().blackhole(0, kind);
      bench.faults().blackhole(1, kind);
      Await.orThrow(UP, () -> alive() == 0, "no flow to get through " + kind, this::state);
      bench.faults().clear(0);
      bench.faults().clear(1);
      awaitBothUp();
      awaitAllAlive(MOVES);
    }
  }

  @Test
  void shouldLoseTheShareAskedFor() {
    FlowTotals before = FlowTotals.of(hosts.lan().flows());
    bench.faults().loss(0, 20);
    bench.faults().loss(1, 20);
    awaitPackets(2_000);
    FlowTotals after = FlowTotals.of(hosts.lan().flows());
    bench.faults().clear(0);
    bench.faults().clear(1);
    double returned =
        (double) (after.received() - before.received()) / (after.sent() - before.sent());
    // Two ways of 80 % each; the deviation of 2,000 packets is 1.1 %, and a busy machine loses
    // some.
    assertThat(returned).isBetween(0.64 - 0.12, 0.64 + 0.06);
    awaitBothUp();
    awaitAllAlive(MOVES);
  }

  @Test
  void shouldDelayEachWay() {
    hosts.mark();
    awaitPackets(500);
    Duration before = roundTrip();
    bench.relay().impair(0, new Impairment(40, 0, 0, 0));
    bench.relay().impair(1, new Impairment(40, 0, 0, 0));
    // What was under way when the relay came in between is over.
    awaitPackets(500);
    hosts.mark();
    awaitPackets(1_000);
    Duration delayed = roundTrip();
    bench.relay().clear(0);
    bench.relay().clear(1);
    // The whole, not the difference: the least of these packets may have taken less besides the
    // delay than the least of those before.
    assertThat(delayed).isBetween(Duration.ofMillis(80), before.plusMillis(150));
    awaitAllAlive(UP);
  }

  @Test
  void shouldDuplicateAndReorder() {
    FlowTotals before = FlowTotals.of(hosts.lan().flows());
    bench.relay().impair(0, new Impairment(50, 0, 10, 10));
    bench.relay().impair(1, new Impairment(50, 0, 10, 10));
    awaitPackets(3_000);
    bench.relay().clear(0);
    bench.relay().clear(1);
    FlowTotals after = FlowTotals.of(hosts.lan().flows());
    // ESP's replay window drops the duplicates again; what came early stays early.
    assertThat(after.duplicates()).isEqualTo(before.duplicates());
    assertThat(after.reordered() - before.reordered()).isGreaterThan(100);
    awaitAllAlive(UP);
  }

  private void awaitPackets(int count) {
    long before = FlowTotals.of(hosts.lan().flows()).sent();
    Await.orThrow(
        UP,
        () -> FlowTotals.of(hosts.lan().flows()).sent() - before > count,
        count + " packets",
        this::state);
  }

  /** The least of all flows of which a packet came back since the mark. */
  private Duration roundTrip() {
    return Duration.ofNanos(
        hosts.lan().flows().stream()
            .mapToLong(FlowReport::roundTripNanos)
            .filter(nanos -> nanos > 0)
            .min()
            .orElseThrow());
  }

  @Test
  void shouldCaptureNothingInTheClearOutside() throws Exception {
    assumeTrue(Capture.possible(), "captures need root");
    var outside =
        bench.capture(
            bench.topology().inet(),
            "any",
            "net 192.168.50.0/24 or net 10.10.0.0/16",
            bench.directory());
    var inside = bench.capture(bench.topology().lan(), "eth0", "udp port 7000", bench.directory());
    Await.orThrow(
        UP, () -> sizeOf(inside.file()) > 10_000, "packets in the LAN's capture", this::state);
    inside.close();
    outside.close();
    assertThat(Files.size(outside.file())).isEqualTo(PCAP_HEADER);
  }

  private static final long PCAP_HEADER = 24;

  private record FlowTotals(long sent, long received, long duplicates, long reordered) {
    static FlowTotals of(List<FlowReport> flows) {
      return new FlowTotals(
          flows.stream().mapToLong(FlowReport::sent).sum(),
          flows.stream().mapToLong(FlowReport::received).sum(),
          flows.stream().mapToLong(FlowReport::duplicates).sum(),
          flows.stream().mapToLong(FlowReport::reordered).sum());
    }
  }

  private static long sizeOf(java.nio.file.Path file) {
    return file.toFile().length();
  }

  /** Inner bytes that came out of and went into the instance's tunnel interface. */
  private long carried(int instance) {
    return Interfaces.bytes(bench.topology().instances().get(instance), "ipsec0");
  }

  private Duration longestGap() {
    return Duration.ofNanos(
        hosts.lan().flows().stream().mapToLong(FlowReport::longestGapNanos).max().orElse(0));
  }

  private long alive() {
    List<FlowReport> earlier = hosts.lan().flows();
    Await.pause(Duration.ofMillis(200));
    List<FlowReport> later = hosts.lan().flows();
    long alive = 0;
    for (int i = 0; i < later.size(); i++) {
      alive += later.get(i).received() > earlier.get(i).received() ? 1 : 0;
    }
    return alive;
  }

  private void awaitAllAlive(Duration limit) {
    Await.orThrow(limit, () -> alive() == FLOWS, "all flows to get through", this::state);
  }

  private void awaitBothUp() {
    Await.orThrow(
        MOVES,
        () -> bench.fabric().uses(0) && bench.fabric().uses(1) && routesBoth(),
        "both tunnels",
        this::state);
  }

  private boolean routesBoth() {
    String routes = bench.topology().cpe().ip("route", "show", Addresses.VNET_PREFIX);
    return routes.contains("ipsec0") && routes.contains("ipsec1");
  }

  private String state() {
    return "flows %s; cpe routes %s; fabric uses %s %s; %s%n%s"
        .formatted(
            hosts == null ? "-" : hosts.lan().flows(),
            bench.topology().cpe().ip("route"),
            bench.fabric().uses(0),
            bench.fabric().uses(1),
            bench.faults().describe(),
            appliance.tail());
  }
}
