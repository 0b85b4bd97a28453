package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.StrongSwan;
import dev.twinspan.agent.rehearse.peer.Suite;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The bench itself, proven with nothing of ours at the tunnels' ends: stock strongSwan as both
 * instances and as the appliance. What fails here is the bench's fault, not the agent's.
 */
class BenchIT {
  private static final Duration UP = Duration.ofSeconds(20);

  @Test
  void shouldCarryTrafficBetweenStockPeers() {
    try (Bench bench = Bench.open(Bench.Options.DEFAULT)) {
      List<StrongSwan> instances =
          List.of(
              Gateways.strongSwan(bench, 0, Suite.AZURE_STRONG, Role.RESPONDER_ONLY),
              Gateways.strongSwan(bench, 1, Suite.AZURE_STRONG, Role.RESPONDER_ONLY));
      StockAppliance appliance =
          StockAppliance.in(bench, Suite.AZURE_STRONG, Duration.ofSeconds(2));
      instances.forEach(StrongSwan::start);
      appliance.start();
      Await.orThrow(
          UP,
          () -> bench.fabric().uses(0) && bench.fabric().uses(1),
          "both tunnels",
          () -> appliance.tail() + "\n" + instances.getFirst().tail());
      Bench.Hosts hosts = bench.hosts();
      var up = hosts.lan().file(Addresses.VNET_HOST, true, 4, 4 << 20);
      var down = hosts.lan().file(Addresses.VNET_HOST, false, 4, 4 << 20);
      assertThat(up.intact()).isTrue();
      assertThat(down.intact()).isTrue();
      System.err.println(up + " " + down);
      hosts.udp(16, 50, 256);
      Await.until(Duration.ofSeconds(2), () -> false);
      hosts.lan().flows().forEach(System.err::println);
      hosts.vnet().echoed().forEach(System.err::println);
      instances.forEach(i -> System.err.println(i.sas()));
    }
  }
}
