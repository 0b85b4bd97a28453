package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two instances, each stock strongSwan and stock FRR (zebra and bgpd), which speak of IPv4 and IPv6
 * over one session (RFC 4760): prefixes of both families go each way and stand in the kernels'
 * tables, flows of both go by both tunnels.
 *
 * <p>Then the bgpd of one crashes, which its FRR knows how to get over ({@code bgp
 * graceful-restart}): its kernel keeps its routes, and so do we, as stale (RFC 4724). It is back,
 * and no longer announces two of its prefixes: these go with its End-of-RIB. It crashes once more
 * and does not come back: with the restart time its other prefixes go. Nothing that leaves the LAN
 * is lost by any of it.
 */
class GracefulRestartIT {
  /** That all of them fall on one of two tunnels is then a matter of 1 : 30,000. */
  private static final int FLOWS = 16;

  private static final int RATE = 25;
  private static final Duration SOON = Scenario.UP;

  /** Generous for the first time, when it comes back, and short for the second. */
  private static final List<Integer> RESTART_SECONDS = List.of(120, 3);

  private static final List<String> FIRST = List.of(Addresses.VNET_PREFIX, "10.64.0.0/24");
  private static final List<String> FIRST_IPV6 = List.of(DualStack.VNET_PREFIX, "fd00:10:64::/48");

  private Stage stage;
  private Hosts hosts;
  private final List<Hosts> all = new ArrayList<>();
  private final List<Frr> routers = new ArrayList<>();

  @BeforeEach
  void raise() {
    stage =
        Scenario.stage(
            Stage.Peer.STRONGSWAN,
            Suite.AZURE_STRONG,
            Role.RESPONDER_ONLY,
            Role.DEFAULT,
            new Bench.Options(false, Duration.ofMillis(50)));
    Bench bench = stage.bench();
    DualStack.wire(bench.topology());
    stage
        .appliance()
        .configure(
            stage
                .appliance()
                .settings()
                .withLan("%s, \"%s\"".formatted(Addresses.LAN_PREFIX, DualStack.LAN_PREFIX))
                .speaking(
                    "asn: 65010, router-address: %s, router-address-ipv6: \"%s\""
                        .formatted(Addresses.APPLIANCE_LOOPBACK, DualStack.APPLIANCE_LOOPBACK),
                    Addresses.INSTANCES_INSIDE));
    for (int i = 0; i < 2; i++) {
      Namespace instance = bench.topology().instances().get(i);
      // What leads to the LAN is BGP's alone there.
      stage
          .strongSwan(i)
          .configure(
              stage
                  .strongSwan(i)
                  .settings()
                  .withSelectors("0.0.0.0/0, ::/0", "0.0.0.0/0, ::/0")
                  .withRouted(Addresses.APPLIANCE_LOOPBACK + "/32"));
      stage.instance(i).start();
      DualStack.leadToBox(instance);
      routers.add(
          Frr.start(
              instance,
              bench.directory().resolve("frr" + i),
              azure(i, FIRST, FIRST_IPV6, RESTART_SECONDS.getFirst())));
    }
    stage.appliance().start();
  }

  /**
   * It does not dial: when the two ends' connections collide, bgpd 8 may take the next hop of the
   * one it keeps for unreachable, for good (FRR issue 12025), and our IPv4 prefix is in no kernel
   * then.
   */
  private static String azure(int index, List<String> ipv4, List<String> ipv6, int seconds) {
    return """
    router bgp 65515
     bgp router-id @ADDRESS@
     bgp log-neighbor-changes
     bgp graceful-restart
     bgp graceful-restart preserve-fw-state
     bgp graceful-restart restart-time %d
     no bgp ebgp-requires-policy
     no bgp network import-check
     no bgp default ipv4-unicast
     timers bgp 60 180
     neighbor @BOX@ remote-as 65010
     neighbor @BOX@ ebgp-multihop 8
     neighbor @BOX@ update-source @ADDRESS@
     neighbor @BOX@ passive
     address-family ipv4 unicast
      neighbor @BOX@ activate
    %s exit-address-family
     address-family ipv6 unicast
      neighbor @BOX@ activate
      neighbor @BOX@ route-map GLOBAL out
    %s exit-address-family
    route-map GLOBAL permit 10
     set ipv6 next-hop global %s
    """
        .formatted(seconds, networks(ipv4), networks(ipv6), DualStack.inside(index))
        .replace("@ADDRESS@", Addresses.INSTANCES_INSIDE.get(index))
        .replace("@BOX@", Addresses.APPLIANCE_LOOPBACK);
  }

  private static String networks(List<String> prefixes) {
    StringBuilder lines = new StringBuilder();
    prefixes.forEach(prefix -> lines.append("  network ").append(prefix).append('\n'));
    return lines.toString();
  }

  @AfterEach
  void close() {
    if (stage != null) {
      stage.close();
    }
  }

  @Test
  void shouldUseTheRoutesOfAPeerThatForwardsWhileItRestarts() {
    await("all prefixes by both tunnels", () -> shared() == 4);
    shouldHaveBothFamiliesInTheKernels();
    shouldCarryBothFamiliesByBothTunnels();
    NoRoom noRoom = NoRoom.of(stage);
    long before = lost();
    routers.getFirst().crashBgp();
    await("the loss of the session to be noticed", () -> !established(0) && stale(0) == 4);
    awaitMore();
    await("prefixes by both tunnels all the same", () -> shared() == 4 && stale(0) == 4);
    awaitEvent("bgp-graceful-restart", "4 prefixes", "120 s");
    assertThat(Scenario.traffic(stage, 0).outPackets()).isPositive();
    shouldHaveBothFamiliesInTheKernels();

    restartBgp(List.of(Addresses.VNET_PREFIX), List.of(DualStack.VNET_PREFIX));
    await("its return and its End-of-RIB", () -> established(0) && stale(0) == 0);
    await("what it no longer announces to go by the other alone", () -> shared() == 2);
    assertThat(Scenario.status(stage).routes()).hasSize(4);
    awaitMore();
    shouldHaveBothFamiliesInTheKernels();

    routers.getFirst().crashBgp();
    // Its three seconds may be over before anyone looks; the event stays.
    awaitEvent("bgp-graceful-restart", "2 prefixes", "3 s");
    await("its restart time to pass", () -> shared() == 0 && stale(0) == 0);
    awaitEvent("bgp-stale-routes", "2 prefixes");
    assertThat(Scenario.status(stage).routes()).hasSize(4);
    awaitMore();
    await("the other's session to stand", () -> established(1));
    Await.orThrow(
        SOON, () -> lost() - before <= noRoom.packets(), "no packet lost", () -> seen(noRoom));
  }

  private void shouldHaveBothFamiliesInTheKernels() {
    Namespace box = stage.bench().topology().cpe();
    for (int i = 0; i < 2; i++) {
      Namespace instance = stage.bench().topology().instances().get(i);
      await(
          "our prefixes in its kernel",
          () ->
              instance.ip("-4", "route", "show", Addresses.LAN_PREFIX).contains("proto bgp")
                  && instance
                      .ip("-6", "route", "show", DualStack.LAN_PREFIX)
                      .contains("proto bgp"));
    }
    assertThat(box.ip("-4", "route", "show", "metric", "50")).contains(FIRST);
    assertThat(box.ip("-6", "route", "show", "metric", "50")).contains(FIRST_IPV6);
  }

  private void shouldCarryBothFamiliesByBothTunnels() {
    stage.awaitBothUp(Scenario.UP);
    hosts = stage.bench().hosts();
    all.add(hosts);
    hosts.lan().udp(DualStack.VNET_HOST, FLOWS, RATE, 200);
    Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
    await("IPv6 flows on both tunnels, each way", () -> carries(0) && carries(1));
    Hosts four = new Hosts(stage.bench().traffic(stage.bench().topology().lan()), hosts.vnet());
    all.add(four);
    four.udp(FLOWS, RATE, 200);
    Scenario.awaitAllAlive(stage, four, Scenario.FLOWS);
  }

  private boolean carries(int tunnel) {
    var traffic = Scenario.traffic(stage, tunnel);
    return traffic.outPackets() > RATE && traffic.inPackets() > RATE;
  }

  private void restartBgp(List<String> ipv4, List<String> ipv6) {
    routers.getFirst().startBgp(azure(0, ipv4, ipv6, RESTART_SECONDS.getLast()));
  }

  // --- what is seen -----------------------------------------------------------------------------

  private Optional<AgentStatus> status() {
    return stage.status();
  }

  private Optional<BgpSession> session(int index) {
    return status()
        .flatMap(
            status ->
                status.bgp().stream().filter(s -> s.tunnel().endsWith("/in" + index)).findFirst());
  }

  private boolean established(int index) {
    return session(index).map(s -> s.state() == BgpSession.State.ESTABLISHED).orElse(false);
  }

  private int stale(int index) {
    return session(index).map(BgpSession::stale).orElse(-1);
  }

  /** Prefixes that go by both tunnels. */
  private long shared() {
    return status()
        .map(s -> s.routes().stream().filter(route -> route.shares().size() == 2).count())
        .orElse(-1L);
  }

  /** Until the last event of that code has all these words. */
  private void awaitEvent(String code, String... words) {
    await(
        "the event %s with %s".formatted(code, List.of(words)),
        () ->
            status().stream()
                .flatMap(status -> status.events().stream())
                .filter(event -> event.code().equals(code))
                .reduce((_, last) -> last)
                .filter(event -> Stream.of(words).allMatch(event.sentence()::contains))
                .isPresent());
  }

  /** On the way there: of what comes back some IPv6 is lost when zebra deletes and adds a route. */
  private long lost() {
    return hosts.vnet().echoed().stream().mapToLong(FlowReport::lost).sum();
  }

  private long received() {
    return all.stream()
        .flatMap(each -> each.lan().flows().stream())
        .mapToLong(FlowReport::received)
        .sum();
  }

  /** Packets behind which a loss would show. */
  private void awaitMore() {
    long before = received();
    await("more packets", () -> received() - before >= (long) FLOWS * RATE);
  }

  private void await(String wanted, BooleanSupplier condition) {
    Await.orThrow(SOON, condition, wanted, () -> seen(null));
  }

  private String seen(NoRoom noRoom) {
    return "%s lost; %s; %s%n%s%n%s%n%s%n%s"
        .formatted(
            hosts == null ? "not counted" : lost(),
            noRoom == null ? "" : noRoom.describe(),
            stage.describe(),
            status().map(AgentStatus::bgp),
            status().map(AgentStatus::routes),
            routers.stream().map(Frr::tails).toList(),
            stage.tails());
  }
}
