package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Leftovers;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The agent is killed under traffic and started again, as systemd would. Both tunnels come up by
 * themselves and every flow gets through; there is one set of devices, routes and rules, the same
 * as before, and none when the agent has ended in order. How long it took is printed: 5 s is the
 * goal on a machine that has nothing else to do.
 */
class CrashIT {
  @ParameterizedTest
  @EnumSource(Stage.Peer.class)
  void shouldComeBackFromACrashByItself(Stage.Peer peer) {
    try (Stage stage = Scenario.stage(peer)) {
      stage.start();
      Hosts hosts = stage.bench().hosts();
      stage.awaitBothUp(Scenario.UP);
      hosts.udp(32, 50, 512);
      Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
      var cpe = stage.bench().topology().cpe();
      List<String> before = Leftovers.in(cpe);
      assertThat(before).isNotEmpty();

      stage.appliance().kill();
      long began = System.nanoTime();
      stage.appliance().start();
      stage.awaitBothUp(Scenario.UP);
      System.out.printf(
          "killed agent of %s: both tunnels up %.1f s after its start%n",
          peer, (System.nanoTime() - began) / 1e9);
      Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
      Await.orThrow(
          Scenario.FLOWS,
          () -> Set.copyOf(Leftovers.in(cpe)).equals(Set.copyOf(before)),
          "the same devices, routes and rules as before: " + before,
          () -> Leftovers.in(cpe) + "; " + Scenario.story(stage));
      assertThat(Leftovers.in(cpe)).hasSameSizeAs(before);

      assertThat(stage.appliance().stop(Scenario.FLOWS)).isTrue();
      assertThat(Leftovers.in(cpe)).isEmpty();
    }
  }
}
