package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.BgpSession;
import dev.twinspan.agent.status.RouteStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Both instances have APIPA addresses for BGP, each its own pair with the box, and never dial: the
 * box does. Both announce a default route beside the VNet. The box was told to accept it: all that
 * is not local goes into the tunnels, and the tunnels' own packets still go to the router. Without
 * that word it is refused: seen with {@code -Dtwinspan.bgp=all}.
 */
class ForcedTunnellingIT {
  /** Nobody's: reached by the default route alone. */
  private static final String ELSEWHERE = "198.18.7.7";

  @TempDir Path directory;

  @Test
  void shouldDialApipaPeersAndTakeTheirDefaultRouteWhenConfirmed() throws IOException {
    try (BgpStage stage = BgpStage.apipa(directory, ", accept-default: true")) {
      stage.await(
          "both prefixes by both tunnels",
          () -> shared(stage).containsAll(List.of("0.0.0.0/0", Addresses.VNET_PREFIX)));
      for (int i = 0; i < 2; i++) {
        BgpSession session = stage.session(i).orElseThrow();
        assertThat(session.local()).isEqualTo("169.254.2%d.6".formatted(1 + i));
        assertThat(session.remote()).isEqualTo("169.254.2%d.5".formatted(1 + i));
        BgpDaemon daemon = stage.daemon(i);
        stage.await("our prefix there", () -> daemon.routesFromUs().contains("\"pfxCounter\":1"));
      }
      Namespace box = stage.stage().bench().topology().cpe();
      stage.await(
          "the default route to lead into the tunnels",
          () -> box.ip("route", "get", ELSEWHERE).contains("dev twinspan0"));
      for (String instance : Addresses.INSTANCES) {
        assertThat(box.ip("route", "get", instance)).contains("via " + Addresses.APPLIANCE_ROUTER);
      }
      // Flows come to the LAN host's router by its default route and on by ours.
      Hosts hosts = stage.stage().bench().hosts();
      stage.stage().awaitBothUp(Scenario.UP);
      hosts.udp(8, 20, 200);
      Scenario.awaitAllAlive(stage.stage(), hosts, Scenario.FLOWS);
      // One that speaks BGP no more takes its default route with it, the other's stays.
      stage
          .daemon(0)
          .ask("configure terminal", "router bgp 65515", "neighbor 169.254.21.6 shutdown");
      stage.await("the default route by in1 alone", () -> carrier(stage, "hub-weu/in1"));
      Scenario.awaitAllAlive(stage.stage(), hosts, Scenario.FLOWS);
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "twinspan.bgp", matches = "all")
  void shouldRefuseADefaultRouteThatNobodyConfirmed() throws IOException {
    try (BgpStage stage = BgpStage.apipa(directory, "")) {
      stage.await(
          "the VNet by both tunnels", () -> shared(stage).equals(List.of(Addresses.VNET_PREFIX)));
      assertThat(stage.event("bgp-default-route")).isTrue();
      assertThat(stage.stage().bench().topology().cpe().ip("route", "show", "default"))
          .doesNotContain("twinspan0");
    }
  }

  private static List<String> shared(BgpStage stage) {
    return stage.status().map(AgentStatus::routes).orElse(List.of()).stream()
        .filter(route -> route.shares().size() == 2)
        .map(RouteStatus::prefix)
        .sorted()
        .toList();
  }

  private static boolean carrier(BgpStage stage, String tunnel) {
    return stage.status().map(AgentStatus::routes).orElse(List.of()).stream()
        .filter(route -> route.prefix().equals("0.0.0.0/0"))
        .anyMatch(
            route ->
                route.shares().size() == 1 && route.shares().getFirst().tunnel().equals(tunnel));
  }
}
