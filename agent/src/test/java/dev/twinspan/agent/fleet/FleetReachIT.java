package dev.twinspan.agent.fleet;

import static dev.twinspan.agent.fleet.FleetStage.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.FleetStage.Seen;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Namespace;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A broker in the VNet, which a box reaches through its tunnels, from its address of the LAN, since
 * no other way leads back, or from another one that is asked for; then one outside whose address a
 * tunnelled prefix holds, which hears that both tunnels are lost, and is found again while they
 * are.
 */
class FleetReachIT {
  /** Established, from that address on the box to the broker: proc_net_tcp(5). */
  private static final String FROM_LAN = ".*:22B3 0132A8C0:[0-9A-F]{4} 01 .*";

  private static final String FROM_SECOND = ".*:22B3 4D32A8C0:[0-9A-F]{4} 01 .*";
  private static final String SECOND = "192.168.50.77";

  @TempDir private Path folder;

  @Test
  void shouldReachTheBrokerThroughTheTunnelsAndPastThem() throws Exception {
    try (FleetStage fleet = FleetStage.set(folder, Stage.Peer.STRONGSWAN)) {
      Stage stage = fleet.stage();
      Namespace vnet = stage.bench().topology().vnet();
      fleet.brokerAt(vnet, Addresses.VNET_HOST);
      fleet.configure("");
      Daemon broker = fleet.broker();
      Path inside = folder.resolve("inside");
      fleet.controller(inside);
      stage.start();
      fleet.await(inside, 0, "ready");
      fleet.await(inside, "health", "both tunnels to be up", seen -> up(seen) == 2);
      assertThat(vnet.procNet("tcp")).anyMatch(line -> line.matches(FROM_LAN));
      assertThat(stage.appliance().stop(LIMIT)).isTrue();

      stage.bench().topology().cpe().ip("addr", "add", SECOND + "/32", "dev", "lan");
      fleet.configure("local-address: %s, ".formatted(SECOND));
      stage.appliance().start();
      Await.orThrow(
          LIMIT,
          () -> vnet.procNet("tcp").stream().anyMatch(line -> line.matches(FROM_SECOND)),
          "a connection from " + SECOND,
          () -> String.join("\n", vnet.procNet("tcp")) + stage.appliance().tail());
      assertThat(stage.appliance().stop(LIMIT)).isTrue();
      assertThat(broker.terminate(LIMIT)).isTrue();

      Namespace internet = stage.bench().topology().inet();
      internet.ip("addr", "add", FleetStage.OUTSIDE + "/32", "dev", "lo");
      fleet.brokerAt(internet, FleetStage.OUTSIDE);
      fleet.configure("outside-tunnels: true, ");
      broker = fleet.broker();
      Path outside = folder.resolve("outside");
      fleet.controller(outside);
      stage.appliance().start();
      fleet.await(outside, "health", "both tunnels to be up", seen -> up(seen) == 2);
      stage.bench().kill(0);
      stage.bench().kill(1);
      fleet.await(outside, "health", "no tunnel to be up", seen -> up(seen) == 0);

      assertThat(broker.terminate(LIMIT)).isTrue();
      fleet.broker();
      Path again = folder.resolve("again");
      fleet.controller(again);
      fleet.await(again, 0, "ready");
      fleet.await(again, "health", "no tunnel to be up", seen -> up(seen) == 0);
    }
  }

  private static int up(Seen seen) {
    int up = 0;
    for (JsonNode tunnel : seen.payload().path("tunnels")) {
      up += tunnel.path("state").asString("").equals("up") ? 1 : 0;
    }
    return up;
  }
}
