package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What is announced costs no packet. Packets go from the LAN to the VNet over both tunnels, stock
 * strongSwan as both instances. The operator drains a tunnel and brings it back; or an instance
 * deletes its IKE SA, as for planned maintenance, and opens another. In the end the VNet host has
 * received every packet that was sent, but for those that a busy machine's peers and hosts had no
 * room for by their own kernels' counters.
 */
class PlannedIT {
  private static final int FLOWS = 10;

  /** Of each flow; {@code -Dtwinspan.planned=500} makes it 5,000 a second, on a quiet machine. */
  private static final int RATE = Integer.getInteger("twinspan.planned", 40);

  private static final boolean LONG = System.getProperty("twinspan.planned") != null;

  private static final Duration SOON = Scenario.UP;

  private Stage stage;
  private Hosts hosts;

  @BeforeEach
  void raise() {
    stage = Scenario.stage(Stage.Peer.STRONGSWAN);
    stage.start();
    hosts = stage.bench().hosts();
    stage.awaitBothUp(Scenario.UP);
    hosts.udp(FLOWS, RATE, 200);
    Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);
    if (LONG) {
      NoRoom.assumeFastEnough(stage, hosts, 2 * FLOWS * RATE);
    }
  }

  @AfterEach
  void close() {
    if (stage != null) {
      stage.close();
    }
  }

  @Test
  void shouldLoseNothingWhenATunnelIsDrainedAndBroughtBackOrDeletedByItsPeer() {
    NoRoom noRoom = NoRoom.of(stage);
    long before = lost();
    command("in0", "drain");
    awaitState(0, State.DRAINED);
    Await.orThrow(
        SOON,
        () -> stage.tunnel(0).map(t -> t.childSas().isEmpty()).orElse(false),
        "in0 to be closed",
        stage::describe);
    long drained = lost();
    command("in0", "undrain");
    stage.awaitBothUp(SOON);

    long undrained = lost();
    stage.strongSwan(1).swanctl("--terminate", "--ike", "bench", "--timeout", "10");
    Await.orThrow(SOON, () -> !stage.up(1), "in1 to be deleted", stage::describe);
    long deleted = lost();
    stage.awaitBothUp(SOON);

    hosts.lan().hold();
    Await.orThrow(
        SOON,
        () -> missing() - before <= noRoom.packets(),
        "every packet to arrive",
        () ->
            "%d are missing, %d had no room; lost before %d, until drained %d, undrained %d, deleted %d, now %d; %s; %s"
                .formatted(
                    missing() - before,
                    noRoom.packets(),
                    before,
                    drained,
                    undrained,
                    deleted,
                    lost(),
                    noRoom.describe(),
                    stage.appliance().tail()));
    System.out.printf(
        "%d packets a second, %d sent: %d missing, %d had no room at peers and hosts%n",
        FLOWS * RATE,
        hosts.lan().flows().stream().mapToLong(FlowReport::sent).sum(),
        missing() - before,
        noRoom.packets());
    assertThat(received()).isGreaterThan(FLOWS * RATE);
  }

  private void awaitState(int instance, State state) {
    Await.orThrow(
        SOON,
        () -> stage.tunnel(instance).map(t -> t.state() == state).orElse(false),
        "in" + instance + " to be " + state,
        stage::describe);
  }

  private void command(String instance, String verb) {
    try {
      var answer =
          new StatusClient(stage.appliance().statusSocket())
              .post("/v1/tunnels/hub-weu/%s/%s".formatted(instance, verb));
      assertThat(answer.ok()).as("%s", answer.body()).isTrue();
    } catch (StatusClient.Unreachable e) {
      throw new AssertionError(e);
    }
  }

  private long lost() {
    return hosts.vnet().echoed().stream().mapToLong(FlowReport::lost).sum();
  }

  /** Sent and not received, what is on its way included. */
  private long missing() {
    long sent = hosts.lan().flows().stream().mapToLong(FlowReport::sent).sum();
    return sent - received();
  }

  private long received() {
    return hosts.vnet().echoed().stream().mapToLong(FlowReport::received).sum();
  }
}
