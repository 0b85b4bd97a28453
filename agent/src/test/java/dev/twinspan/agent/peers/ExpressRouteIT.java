package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.ExpressRoute;
import dev.twinspan.agent.rehearse.netns.Faults.Blackhole;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.Event;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * ExpressRoute is primary, two tunnels to stock strongSwan are its warm backup: their routes have a
 * worse metric. ExpressRoute goes, and the LAN's traffic flows through the tunnels; it comes back,
 * and so does the traffic, without losing a packet. Then both tunnels die while nobody needs them:
 * an event must tell before the day comes.
 */
class ExpressRouteIT {
  private static final int FLOWS = 8;
  private static final int RATE = 100;
  private static final Duration SOON = Scenario.UP;

  private Stage stage;
  private ExpressRoute express;
  private Hosts hosts;

  @BeforeEach
  void raise() {
    stage = Scenario.stage(Stage.Peer.STRONGSWAN);
    stage.appliance().configure(stage.appliance().settings().with("route-metric: 200"));
    express = ExpressRoute.wire(stage.bench().topology(), stage.bench().machine("edge"));
    stage.start();
    hosts = stage.bench().hosts();
    stage.awaitBothUp(Scenario.UP);
    hosts.udp(FLOWS, RATE, 200);
    Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
  }

  @AfterEach
  void close() {
    if (stage != null) {
      stage.close();
    }
  }

  @Test
  void shouldStandInForExpressRouteAndStayReady() {
    awaitEvent("backup-ready");
    assertThat(way()).contains("dev " + ExpressRoute.DEVICE);

    hosts.mark();
    express.down();
    Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
    long gap =
        hosts.lan().flows().stream().mapToLong(FlowReport::longestGapNanos).max().orElseThrow();
    System.out.printf("ExpressRoute gone: LAN traffic on the VPN after %d ms%n", gap / 1_000_000);
    assertThat(way()).contains("dev twinspan0");
    assertThat(Duration.ofNanos(gap)).isLessThan(Duration.ofSeconds(10));
    awaitEvent("backup-in-use");

    long lost = lost();
    long sent = sent();
    NoRoom noRoom = NoRoom.of(stage);
    express.up();
    assertThat(way()).contains("dev " + ExpressRoute.DEVICE);
    Await.orThrow(SOON, () -> sent() - sent > FLOWS * RATE, "a second of traffic", this::state);
    Await.orThrow(
        SOON,
        () -> lost() - lost <= noRoom.packets(),
        "no packet lost on the way back to ExpressRoute",
        () ->
            "%d lost, %d had no room; %s; %s"
                .formatted(lost() - lost, noRoom.packets(), noRoom.describe(), state()));

    int ready = events("backup-ready").size();
    Await.orThrow(
        SOON,
        () -> events("backup-ready").size() >= Math.max(2, ready),
        "the backup to be ready again",
        this::state);
    for (int i = 0; i < 2; i++) {
      stage.bench().faults().blackhole(i, Blackhole.BOTH);
    }
    awaitEvent("backup-dead");
    assertThat(events("backup-dead").getLast().sentence())
        .contains(Addresses.VNET_PREFIX, "hub-weu/in0: ", "hub-weu/in1: ");
    // Nobody needed it.
    Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
  }

  private String way() {
    return stage.bench().topology().cpe().ip("route", "get", Addresses.VNET_HOST);
  }

  /** What is overtaken counts until it comes. */
  private long lost() {
    return hosts.vnet().echoed().stream().mapToLong(FlowReport::lost).sum();
  }

  private long sent() {
    return hosts.lan().flows().stream().mapToLong(FlowReport::sent).sum();
  }

  private void awaitEvent(String code) {
    Await.orThrow(SOON, () -> !events(code).isEmpty(), "the event " + code, this::state);
  }

  private List<Event> events(String code) {
    return stage.status().stream()
        .flatMap(status -> status.events().stream())
        .filter(event -> event.code().equals(code))
        .toList();
  }

  private String state() {
    return hosts.lan().flows()
        + "; "
        + way()
        + "; "
        + stage.describe()
        + "\n"
        + stage.appliance().tail();
  }
}
