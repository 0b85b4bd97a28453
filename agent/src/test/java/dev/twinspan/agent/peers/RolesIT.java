package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Faults.Blackhole;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.status.TunnelStatus;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Who opens the tunnel. Azure's connection modes allow the gateway to dial only, to answer only, or
 * both; behind a NAT the branch must dial. In each case both tunnels come up and carry traffic.
 */
class RolesIT {
  private static final Bench.Options NAT = new Bench.Options(true, Duration.ofSeconds(1));

  @ParameterizedTest
  @CsvSource({
    "TWINSPAN, INITIATOR_ONLY, RESPONDER_ONLY",
    "TWINSPAN, RESPONDER_ONLY, INITIATOR_ONLY",
    "TWINSPAN, RESPONDER_ONLY, DEFAULT",
    "STRONGSWAN, INITIATOR_ONLY, RESPONDER_ONLY",
    "STRONGSWAN, RESPONDER_ONLY, INITIATOR_ONLY",
    "STRONGSWAN, RESPONDER_ONLY, DEFAULT"
  })
  void shouldComeUpWhoeverDials(Stage.Peer peer, Role instances, Role appliance) {
    try (Stage stage =
        Scenario.stage(peer, Suite.AZURE_STRONG, instances, appliance, Bench.Options.DEFAULT)) {
      stage.start();
      assertCarries(stage);
      for (int i = 0; i < 2; i++) {
        boolean weDialled =
            Scenario.awaitTunnel(stage, i, t -> t.ike() != null, "with an IKE SA")
                .ike()
                .initiator();
        assertThat(weDialled).isEqualTo(instances == Role.RESPONDER_ONLY);
      }
    }
  }

  /** The wires are cut until all three dial; then every handshake begins in the same moment. */
  @ParameterizedTest
  @EnumSource(Stage.Peer.class)
  void shouldComeUpWhenBothDialAtOnce(Stage.Peer peer) {
    try (Stage stage = Scenario.stage(peer)) {
      cut(stage);
      stage.start();
      Await.orThrow(
          Scenario.UP,
          () -> stage.status().isPresent(),
          "the appliance to run",
          () -> stage.appliance().tail());
      stage.bench().faults().clear(0);
      stage.bench().faults().clear(1);
      assertCarries(stage);
    }
  }

  @ParameterizedTest
  @EnumSource(Stage.Peer.class)
  void shouldComeUpBehindNat(Stage.Peer peer) {
    try (Stage stage =
        Scenario.stage(peer, Suite.AZURE_STRONG, Role.RESPONDER_ONLY, Role.DEFAULT, NAT)) {
      stage.start();
      assertCarries(stage);
      assertThat(
              Scenario.awaitTunnel(stage, 0, t -> t.ike() != null, "with an IKE SA")
                  .ike()
                  .natHere())
          .isTrue();
    }
  }

  private static void cut(Stage stage) {
    stage.bench().faults().blackhole(0, Blackhole.BOTH);
    stage.bench().faults().blackhole(1, Blackhole.BOTH);
  }

  private static void assertCarries(Stage stage) {
    Hosts hosts = stage.bench().hosts();
    stage.awaitBothUp(Scenario.UP);
    hosts.udp(32, 20, 256);
    Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
    Await.orThrow(
        Scenario.FLOWS,
        () -> carries(stage, 0) && carries(stage, 1),
        "bytes in both directions on both tunnels",
        () -> Scenario.traffic(stage, 0) + " " + Scenario.traffic(stage, 1));
  }

  private static boolean carries(Stage stage, int tunnel) {
    TunnelStatus.Traffic traffic = Scenario.traffic(stage, tunnel);
    return traffic.inBytes() > 0 && traffic.outBytes() > 0;
  }
}
