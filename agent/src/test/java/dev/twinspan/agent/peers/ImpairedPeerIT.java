package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Gateways;
import dev.twinspan.agent.rehearse.SelfCommand;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.peer.Misdeed;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.status.TunnelStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Somebody who has the second instance's address and key misbehaves towards the appliance in every
 * way he knows. The appliance counts it; the tunnel to the first instance never notices, and when
 * he has gone away the one to the second is there again.
 */
class ImpairedPeerIT {
  private static final Duration PATIENCE = Scenario.UP;

  @Test
  void shouldOutliveEveryMisdeed() {
    try (Stage stage =
        Scenario.stage(
            Stage.Peer.TWINSPAN,
            Suite.AZURE_STRONG,
            Role.RESPONDER_ONLY,
            Role.DEFAULT,
            Bench.Options.DEFAULT)) {
      stage.start();
      stage.awaitBothUp(Scenario.UP);
      TunnelStatus before = Scenario.awaitTunnel(stage, 0, ImpairedPeerIT::isUp, "up");
      for (Misdeed misdeed : Misdeed.values()) {
        System.out.println(commit(stage, misdeed));
        Scenario.awaitTunnel(stage, 0, ImpairedPeerIT::isUp, "up after " + misdeed);
      }
      Await.orThrow(PATIENCE, stage::bothUp, "both tunnels", () -> Scenario.story(stage));

      TunnelStatus after = Scenario.awaitTunnel(stage, 0, ImpairedPeerIT::isUp, "up");
      assertThat(after.since())
          .as("never left: %s", Scenario.story(stage))
          .isEqualTo(before.since());
      Map<String, Long> drops = Scenario.status(stage).drops();
      System.out.println("counted: " + drops);
      assertThat(drops).containsKeys("ike-beyond-window", "ike-unusable-key-share");
      assertThat(drops).doesNotContainKey("ike-internal-fault");
    }
  }

  private static boolean isUp(TunnelStatus tunnel) {
    return tunnel.state() == TunnelStatus.State.UP;
  }

  private static String commit(Stage stage, Misdeed misdeed) {
    List<String> command =
        SelfCommand.of(
            "rehearse",
            "impaired",
            Addresses.APPLIANCE,
            Addresses.INSTANCES.get(1),
            misdeed.verb());
    return stage
        .bench()
        .topology()
        .instances()
        .get(1)
        .run(Gateways.PSK + "\n", command)
        .orThrow()
        .out()
        .strip();
  }
}
