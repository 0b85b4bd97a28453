package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A gateway is reset, and reset again before it has recovered, stock strongSwan as both instances:
 * in0 dies, its flows go by in1; in1 dies while in0 is away, and nothing goes; both come back
 * without state. Both tunnels stand again, and all flows get through.
 */
class GatewayResetIT {
  private static final int FLOWS = 16;
  private static final int RATE = 50;
  private static final Duration SOON = Scenario.UP;

  @Test
  void shouldOutliveTwoResets() {
    try (Stage stage = Scenario.stage(Stage.Peer.STRONGSWAN)) {
      stage.start();
      Hosts hosts = stage.bench().hosts();
      stage.awaitBothUp(Scenario.UP);
      hosts.udp(FLOWS, RATE, 200);
      Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
      stage.bench().kill(0);
      Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
      stage.bench().kill(1);
      Await.orThrow(SOON, () -> Scenario.alive(hosts) == 0, "no way left", stage::describe);
      stage.bench().restore(0);
      stage.bench().restore(1);
      stage.awaitBothUp(SOON);
      Scenario.awaitAllAlive(stage, hosts, SOON);
    }
  }
}
