package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.TunnelStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two gateways (a second hub, or a second remote gateway) that lead to the same prefix: connection
 * hub-weu to the one, hub-neu with a lower preference to the other, stock strongSwan as both, and
 * FRR behind it where the prefix is learnt by BGP. All flows go by hub-weu while it works. It is
 * killed, and they go by hub-neu, long before its BGP session is given up; it comes back, and when
 * its hold-down is over they return to it. With static prefixes too: {@code
 * -Dtwinspan.preference=all}.
 */
class SecondGatewayIT {
  private static final int FLOWS = 8;
  private static final Duration SOON = Scenario.UP;

  private Bench bench;
  private TwinspanBox appliance;
  private Hosts hosts;

  /** The tunnel to the second gateway. */
  private String second;

  @TempDir static Path directory;

  private @Nullable BgpStage stage;

  private void raiseBgp() throws IOException {
    BgpStage raised =
        BgpStage.start(
            BgpDaemon.Kind.FRR, directory, 1, "", 1, List.of(), SecondGatewayIT::preferring);
    stage = raised;
    bench = raised.stage().bench();
    appliance = raised.stage().appliance();
    second = "hub-neu/in1";
    raised.await("both sessions", () -> established() == 2);
    begin();
  }

  /** Its one connection with two instances made two of one each. */
  private static String preferring(String yaml) {
    int at = yaml.indexOf("  - name: hub-weu");
    String both = yaml.substring(at).replace("mode: active-active", "mode: single-tunnel");
    return yaml.substring(0, at)
        + without("{name: in1,", both)
        + without("{name: in0,", both)
            .replace("hub-weu", "hub-neu")
            .replace("    mode:", "    preference: 50\n    mode:");
  }

  private static String without(String piece, String yaml) {
    return yaml.lines()
        .filter(line -> !line.contains(piece))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private long established() {
    return appliance.status().stream()
        .flatMap(status -> status.bgp().stream())
        .filter(session -> session.state() == BgpSession.State.ESTABLISHED)
        .count();
  }

  private void raiseStatic() {
    bench = Bench.open(Bench.Options.DEFAULT);
    for (int i = 0; i < 2; i++) {
      Gateways.strongSwan(bench, i, Suite.AZURE_STRONG, Role.RESPONDER_ONLY).start();
    }
    appliance = SingleTunnel.appliance(bench, Suite.AZURE_STRONG, Role.DEFAULT);
    appliance.rewrite(yaml -> yaml + second(yaml));
    appliance.start();
    second = "hub-neu/in0";
    begin();
  }

  private void begin() {
    hosts = bench.hosts();
    Await.orThrow(SOON, () -> up("hub-weu/in0") && up(second), "both tunnels", this::state);
    hosts.udp(FLOWS, 100, 200);
    awaitAllAlive();
  }

  /** The first connection again, to the other gateway. */
  private static String second(String yaml) {
    return yaml.substring(yaml.indexOf("  - name: hub-weu"))
        .replace("hub-weu", "hub-neu")
        .replace(Addresses.INSTANCES.get(0), Addresses.INSTANCES.get(1))
        .replace("    mode:", "    preference: 50\n    mode:");
  }

  @AfterEach
  void close() {
    if (bench != null) {
      bench.close();
    }
  }

  @Test
  void shouldGoByTheSecondGatewayOnlyWhileTheFirstIsGone() throws IOException {
    raiseBgp();
    goesByTheSecondOnlyWhileTheFirstIsGone();
  }

  @Test
  @EnabledIfSystemProperty(named = "twinspan.preference", matches = "all")
  void shouldDoSoWithStaticPrefixes() throws IOException {
    raiseStatic();
    goesByTheSecondOnlyWhileTheFirstIsGone();
  }

  private void goesByTheSecondOnlyWhileTheFirstIsGone() throws IOException {
    goesByTheFirst();

    hosts.mark();
    if (stage == null) {
      bench.kill(0);
    } else {
      stage.kill(0);
    }
    awaitAllAlive();
    long gap =
        hosts.vnet().echoed().stream().mapToLong(FlowReport::longestGapNanos).max().orElseThrow();
    System.out.printf(
        "preferred gateway killed: flows by the second after %d ms%n", gap / 1_000_000);
    // The standard timeout is 9 s, the BGP session's 180.
    assertThat(Duration.ofNanos(gap)).isLessThan(Gateways.DPD);
    Await.orThrow(SOON, () -> group().equals("hub-neu"), "hub-neu to be told", this::state);

    if (stage == null) {
      bench.restore(0);
    } else {
      stage.restore(0);
    }
    Await.orThrow(
        SOON, () -> group().equals("hub-weu"), "the flows to return to hub-weu", this::state);
    awaitAllAlive();
  }

  /** In a while in which no tunnel was taken for lost: a busy machine's may be, now and then. */
  private void goesByTheFirst() {
    for (int attempt = 0; attempt < 5; attempt++) {
      Await.orThrow(SOON, () -> group().equals("hub-weu"), "hub-weu to be used", this::state);
      Instant from = Instant.now();
      long before = flowsBy(second);
      awaitSent();
      long by = flowsBy(second) - before;
      if (Moves.since(appliance::status, from).isEmpty()) {
        assertThat(by).as("but KEEPALIVEs and probes; %s", state()).isLessThan(20);
        return;
      }
    }
    throw new AssertionError("flows moved in each of five looks: " + state());
  }

  private List<TunnelStatus> tunnels() {
    return appliance.status().stream().flatMap(status -> status.tunnels().stream()).toList();
  }

  private boolean up(String name) {
    return tunnels().stream()
        .anyMatch(t -> t.name().equals(name) && t.state() == TunnelStatus.State.UP);
  }

  private long flowsBy(String name) {
    return tunnels().stream()
        .filter(t -> t.name().equals(name))
        .mapToLong(t -> t.traffic().outPackets())
        .sum();
  }

  /** Which tunnels carry the VNet's prefix now. */
  private String group() {
    return appliance.status().stream()
        .flatMap(status -> status.routes().stream())
        .filter(route -> route.prefix().equals(Addresses.VNET_PREFIX))
        .map(route -> route.group())
        .findFirst()
        .orElse("none");
  }

  private void awaitSent() {
    long before = hosts.lan().flows().getFirst().sent();
    Await.orThrow(
        SOON, () -> hosts.lan().flows().getFirst().sent() - before > 150, "traffic", this::state);
  }

  private void awaitAllAlive() {
    Await.orThrow(
        SOON, () -> Scenario.alive(hosts) == FLOWS, "all flows to get through", this::state);
  }

  private String state() {
    return "flows %s; by %s; %s%n%s"
        .formatted(hosts == null ? "-" : hosts.lan().flows(), group(), tunnels(), appliance.tail());
  }
}
