package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.RelayQueue.Impairment;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanSettings.Remote;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.StatusTable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The instances of a zone-redundant gateway: in1 stands in another zone, 20 ms further away. Each
 * tunnel's latency is shown, and sixteen flows over both keep their packets in order, there and
 * back. Stock strongSwan plays the instances.
 */
class ZonesIT {
  private static final int FLOWS = 16;
  private static final int RATE = 100;

  /** Each way. */
  private static final int FURTHER_MILLIS = 20;

  private static final int ATTEMPTS = 5;
  private static final List<Pattern> INSIDE =
      List.of(
          Pattern.compile("hub-weu/in0 inside: .* to 10\\.10\\.255\\.4 and back"),
          Pattern.compile("hub-weu/in1 inside: .* to 10\\.10\\.255\\.5 and back"));
  private static final Duration SOON = Scenario.UP;

  @Test
  void shouldShowEachZonesLatencyAndKeepFlowsInOrder() {
    try (Stage stage =
        Scenario.stage(
            Stage.Peer.STRONGSWAN,
            Suite.AZURE_STRONG,
            Role.RESPONDER_ONLY,
            Role.DEFAULT,
            Bench.Options.DEFAULT)) {
      stage
          .appliance()
          .configure(
              stage
                  .appliance()
                  .settings()
                  .withRemotes("active-active", List.of(instance(0), instance(1))));
      stage.start();
      stage.bench().relay().impair(1, new Impairment(FURTHER_MILLIS, 0, 0, 0));
      Hosts hosts = stage.bench().hosts();
      stage.awaitBothUp(Scenario.UP);
      hosts.udp(FLOWS, RATE, 200);
      Scenario.awaitAllAlive(stage, hosts, Scenario.FLOWS);

      Await.orThrow(
          SOON,
          () -> stage.status().filter(ZonesIT::showsBothZones).isPresent(),
          "the latency of either tunnel, in1's above in0's and both its ways",
          () -> stage.status().map(StatusTable::render).orElse("no status"));

      staysInOrder(stage, hosts);
      System.out.printf(
          "zones: in0 %.1f ms, in1 %.1f ms%n",
          latency(Scenario.status(stage), 0).toNanos() / 1e6,
          latency(Scenario.status(stage), 1).toNanos() / 1e6);
    }
  }

  /**
   * One look: a tunnel that failed over in between starts its latency anew. A median over answers
   * of before the distance, half of it and all of it counts only once it is the whole.
   */
  private static boolean showsBothZones(AgentStatus status) {
    String table = StatusTable.render(status);
    long near = latency(status, 0).toMillis();
    long far = latency(status, 1).toMillis();
    return far >= 2 * FURTHER_MILLIS
        && far - near > FURTHER_MILLIS
        && INSIDE.stream().allMatch(line -> line.matcher(table).find());
  }

  /**
   * Of packets under way on a tunnel that is left, some come late: not while flows move. And a wire
   * of the bench may swap two when their sender is moved to another processor: not each time, as a
   * flow that goes by both tunnels would.
   */
  private static void staysInOrder(Stage stage, Hosts hosts) {
    List<String> looks = new ArrayList<>();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Instant from = Instant.now();
      long[] before = {sent(stage, 0), sent(stage, 1)};
      long reordered = reordered(hosts);
      Await.orThrow(
          SOON,
          () -> sent(stage, 0) > before[0] + 5 * RATE && sent(stage, 1) > before[1] + 5 * RATE,
          "flows on both tunnels",
          () -> Scenario.story(stage));
      long late = reordered(hosts) - reordered;
      // On a busy machine a tunnel may seem silent.
      List<Event> moves = Moves.since(stage::status, from);
      if (moves.isEmpty() && late == 0) {
        return;
      }
      looks.add("%d late, moved %s".formatted(late, moves));
    }
    throw new AssertionError("not in order: %s; %s".formatted(looks, Scenario.story(stage)));
  }

  private static Remote instance(int index) {
    return new Remote(
        "in" + index, Addresses.INSTANCES.get(index), Addresses.INSTANCES_INSIDE.get(index));
  }

  /** Zero: not known. */
  private static Duration latency(AgentStatus status, int instance) {
    return Optional.ofNullable(status.tunnels().get(instance).quality().probe())
        .flatMap(probe -> Optional.ofNullable(probe.latency()))
        .orElse(Duration.ZERO);
  }

  private static long sent(Stage stage, int instance) {
    return Scenario.traffic(stage, instance).outPackets();
  }

  private static long reordered(Hosts hosts) {
    return Stream.of(hosts.lan().flows(), hosts.vnet().echoed())
        .flatMap(List::stream)
        .mapToLong(FlowReport::reordered)
        .sum();
  }
}
