package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The box behind the firewall of its image, towards strongSwan and FRR that dial it. Both tunnels
 * and both BGP sessions come up, the LAN's flows pass both ways and leave nothing in the kernel's
 * table of connections. Something listens on every address of the box: the LAN reaches it, the
 * internet and the VNet do not.
 */
class BoxFirewallIT {
  private static final int FLOWS = 64;
  private static final int PORT = 8080;

  @TempDir private Path directory;

  @Test
  void shouldLetPassTunnelsAndWhatIsInThem() throws IOException {
    try (BgpStage gateway = BgpStage.start(BgpDaemon.Kind.FRR, directory, 1, "", 1, List.of())) {
      Stage stage = gateway.stage();
      Topology topology = stage.bench().topology();
      Namespace box = topology.cpe();
      BoxFirewall.raise(box);
      gateway.await("both sessions", () -> gateway.established(0) && gateway.established(1));
      Hosts hosts = stage.bench().hosts();
      hosts.udp(FLOWS, 20, 200);
      Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
      assertThat(BoxFirewall.tracked(box)).as("connections in mind").isLessThan(FLOWS);

      Path settings = Files.writeString(directory.resolve("listener.conf"), "listener " + PORT);
      box.start(
          "listener",
          directory.resolve("listener.log"),
          Map.of(),
          List.of("mosquitto", "-c", settings.toString()));
      Await.orThrow(
          Scenario.UP,
          () -> BoxFirewall.takes(topology.lan(), Addresses.LAN_ROUTER, PORT),
          "the LAN to reach port " + PORT,
          stage::tails);
      assertThat(BoxFirewall.takes(topology.inet(), Addresses.APPLIANCE, PORT))
          .as("the internet reaches port " + PORT)
          .isFalse();
      assertThat(BoxFirewall.takes(topology.vnet(), Addresses.LAN_ROUTER, PORT))
          .as("the VNet reaches port " + PORT)
          .isFalse();
    }
  }
}
