package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.SecondUplink;
import dev.twinspan.agent.rehearse.netns.Topology;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanBox;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.TunnelStatus;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two ISPs at one box, each behind a NAT of its own, and a tunnel bound to each: hub-weu by the
 * first to one instance, hub-two by the second to the other, stock strongSwan as both. The default
 * route of the first is the better one, and yet each tunnel keeps to its uplink. Flows share both;
 * the first ISP is lost, and its flows go by the second.
 */
class UplinksIT {
  private static final int FLOWS = 16;
  private static final Duration SOON = Scenario.UP;

  private Bench bench;
  private TwinspanBox appliance;
  private Hosts hosts;

  @BeforeEach
  void raise() {
    bench = Bench.open(new Bench.Options(true, Duration.ofSeconds(1)));
    SecondUplink.wire(bench.topology(), bench.machine("nat1"));
    Gateways.strongSwan(bench, 0, Suite.AZURE_STRONG, Role.RESPONDER_ONLY).start();
    Gateways.strongSwan(bench, 1, Suite.AZURE_STRONG, Role.RESPONDER_ONLY).start();
    appliance = SingleTunnel.appliance(bench, Suite.AZURE_STRONG, Role.INITIATOR_ONLY);
    appliance.rewrite(UplinksIT::bothUplinks);
    appliance.start();
    hosts = bench.hosts();
    Await.orThrow(SOON, () -> up("hub-weu/in0") && up("hub-two/in0"), "both tunnels", this::state);
    hosts.udp(FLOWS, 100, 200);
    awaitAllAlive();
  }

  private static String bothUplinks(String yaml) {
    String first = yaml.substring(yaml.indexOf("  - name: hub-weu"));
    String second =
        first
            .replace("hub-weu", "hub-two")
            .replace(
                "address: " + Addresses.INSTANCES.get(0),
                "address: %s, uplink: %s, local-address: %s"
                    .formatted(
                        Addresses.INSTANCES.get(1), SecondUplink.DEVICE, SecondUplink.PRIVATE));
    return yaml.replace(
            "address: " + Addresses.INSTANCES.get(0),
            "address: %s, uplink: %s, local-address: %s"
                .formatted(
                    Addresses.INSTANCES.get(0), Topology.WAN, Addresses.APPLIANCE_BEHIND_NAT))
        + second;
  }

  @AfterEach
  void close() {
    if (bench != null) {
      bench.close();
    }
  }

  @Test
  void shouldKeepEachTunnelToItsUplinkAndMoveFlowsWhenOneIsLost() {
    Await.orThrow(
        SOON,
        () -> natHere("hub-weu/in0") && natHere("hub-two/in0"),
        "a NAT in front of either",
        this::state);
    long first = leavingBy(Topology.WAN);
    long second = leavingBy(SecondUplink.DEVICE);
    Await.orThrow(
        SOON,
        () ->
            leavingBy(Topology.WAN) - first > 20_000
                && leavingBy(SecondUplink.DEVICE) - second > 20_000,
        "20,000 bytes by either ISP",
        this::state);

    hosts.mark();
    bench.topology().inet().ip("link", "set", "cpe", "down");
    awaitAllAlive();
    long gap =
        hosts.vnet().echoed().stream().mapToLong(FlowReport::longestGapNanos).max().orElseThrow();
    System.out.printf("an ISP lost: all flows by the other after %d ms%n", gap / 1_000_000);
    // The standard timeout is 9 s.
    assertThat(Duration.ofNanos(gap)).isLessThan(Gateways.DPD);
    Await.orThrow(SOON, () -> up("hub-two/in0"), "the second ISP's tunnel", this::state);
  }

  private long leavingBy(String device) {
    return Interfaces.bytes(bench.topology().cpe(), device);
  }

  private List<TunnelStatus> tunnels() {
    return appliance.status().stream().flatMap(status -> status.tunnels().stream()).toList();
  }

  private boolean up(String name) {
    return tunnels().stream()
        .anyMatch(t -> t.name().equals(name) && t.state() == TunnelStatus.State.UP);
  }

  private boolean natHere(String name) {
    return tunnels().stream().anyMatch(t -> t.name().equals(name) && t.ike().natHere());
  }

  private void awaitAllAlive() {
    Await.orThrow(
        SOON, () -> Scenario.alive(hosts) == FLOWS, "all flows to get through", this::state);
  }

  private String state() {
    return "flows %s; %s%n%s%n%s"
        .formatted(
            hosts == null ? "-" : hosts.lan().flows(),
            tunnels(),
            appliance.tail(),
            bench.instance(1).tail());
  }
}
