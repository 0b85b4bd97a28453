package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.DrillStatus;
import dev.twinspan.agent.status.DrillStatus.Outcome;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is announced costs no packet, where routes come by BGP. Both instances are strongSwan with
 * FRR behind it; packets go from the LAN to the VNet over both tunnels. An instance ends its BGP
 * session and keeps the tunnel; ends it and then deletes the tunnel, as for planned maintenance;
 * deletes the tunnel without a word of BGP; the operator drains a tunnel; and the box drills
 * itself. Each time the VNet host receives every packet that was sent, but for those that a busy
 * machine's peers and hosts had no room for by their own kernels' counters; and in the end both
 * tunnels carry flows again.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PlannedBgpIT {
  private static final int ATTEMPTS = 5;

  /** That all of them fall on one of two tunnels is then a matter of 1 : 500,000. */
  private static final int FLOWS = 20;

  /** Of each flow; {@code -Dtwinspan.planned=500} makes it 5,000 a second, on a quiet machine. */
  private static final int RATE = Integer.getInteger("twinspan.planned", 40) / 2;

  private static final boolean LONG = System.getProperty("twinspan.planned") != null;

  private static final Duration SOON = Scenario.UP;

  @TempDir static Path directory;

  private BgpStage stage;
  private Hosts hosts;

  @BeforeAll
  void raise() throws IOException {
    stage = BgpStage.start(BgpDaemon.Kind.FRR, directory, 3, "", 1, List.of());
    hosts = stage.stage().bench().hosts();
    stage.stage().awaitBothUp(Scenario.UP);
    awaitShared();
    hosts.udp(FLOWS, RATE, 200);
    Scenario.awaitAllAlive(stage.stage(), hosts, Scenario.FLOWS);
    if (LONG) {
      NoRoom.assumeFastEnough(stage.stage(), hosts, 2 * FLOWS * RATE);
    }
  }

  @AfterAll
  void close() {
    if (stage != null) {
      stage.close();
    }
  }

  private interface Happening {
    void happens();
  }

  @Test
  void shouldLoseNothingWhenAPeerCeasesAndItsTunnelStays() {
    losesNothing(
        () -> {
          frr(0, "neighbor 10.255.0.17 shutdown message gateway maintenance");
          assertThat(awaitState(0, State.LEAVING).reason().sentence())
              .contains("Administrative Shutdown", "gateway maintenance");
        },
        () -> {
          frr(0, "no neighbor 10.255.0.17 shutdown");
          awaitState(0, State.UP);
        });
  }

  @Test
  @EnabledIfSystemProperty(named = "twinspan.planned", matches = ".*")
  void shouldLoseNothingWhenAPeerResetsItsSession() {
    losesNothing(
        () -> {
          stage.daemon(1).ask("clear bgp 10.255.0.17");
          stage.await("Cease 6/4", () -> failure(1).contains("Administrative Reset (6/4)"));
        },
        () -> awaitState(1, State.UP));
  }

  @Test
  void shouldLoseNothingWhenAPeerCeasesAndDeletesItsTunnel() {
    losesNothing(
        () -> {
          frr(1, "neighbor 10.255.0.17 shutdown message gateway maintenance");
          terminate(1);
        },
        () -> frr(1, "no neighbor 10.255.0.17 shutdown"));
  }

  @Test
  void shouldLoseNothingWhenAPeerDeletesItsTunnelWithoutAWordOfBgp() {
    losesNothing(() -> terminate(0), () -> {});
  }

  @Test
  @EnabledIfSystemProperty(named = "twinspan.planned", matches = ".*")
  void shouldLoseNothingWhenATunnelIsDrained() {
    losesNothing(
        () -> {
          post("/v1/tunnels/hub-weu/in1/drain");
          awaitState(1, State.DRAINED);
          awaitWords(1, "Administrative Shutdown", "tunnel drained");
          assertThat(stage.daemon(0).routesFromUs()).contains("\"pfxCounter\":1");
        },
        () -> post("/v1/tunnels/hub-weu/in1/undrain"));
  }

  /** The box does the same by itself, and reports what it measured; of both in the long form. */
  @Test
  void shouldDrillAndMeasureWithoutLosingAnything() {
    boolean both = LONG;
    losesNothing(
        () -> {
          for (int attempt = 0; attempt < ATTEMPTS && !drilled(); attempt++) {
            drill(both);
          }
          awaitWords(1, "Administrative Shutdown", "tunnel drained");
          assertThat(drills())
              .allSatisfy(
                  drill -> {
                    assertThat(drill.outcome()).isIn(Outcome.PASSED, Outcome.DISTURBED);
                    assertThat(drill.dropped()).isZero();
                    assertThat(drill.outage()).isNotNull();
                    assertThat(drill.closedAfter()).isNotNull();
                    assertThat(drill.backAfter()).isNotNull();
                  });
          drills().forEach(drill -> System.out.println(drill.tunnel() + ": " + drill.sentence()));
        },
        () -> {
          for (int i = 0; i < 2; i++) {
            stage.stage().bench().fabric().drain(i, false);
          }
        });
  }

  private void drill(boolean both) {
    List<DrillStatus> before = drills();
    post(both ? "/v1/drill" : "/v1/tunnels/hub-weu/in1/drill");
    stage.await(
        "the drill to end",
        () -> {
          fabricFollowsBgp();
          List<DrillStatus> drills = drills();
          return !drills.equals(before)
              && drills.size() == (both ? 2 : 1)
              && drills.stream().noneMatch(d -> d.outcome() == Outcome.RUNNING);
        });
  }

  /** On a busy machine the other tunnel may fail when it is needed: then it is brought back. */
  private boolean drilled() {
    return !drills().isEmpty()
        && drills().stream()
            .noneMatch(d -> Set.of(Outcome.ABORTED, Outcome.SKIPPED).contains(d.outcome()));
  }

  /** As Azure's network does, which sends to an instance what that has routes for. */
  private void fabricFollowsBgp() {
    for (int i = 0; i < 2; i++) {
      boolean told = stage.daemon(i).routesFromUs().contains("\"pfxCounter\":1");
      stage.stage().bench().fabric().drain(i, !told);
    }
  }

  private List<DrillStatus> drills() {
    return stage.status().map(AgentStatus::drills).orElse(List.of());
  }

  /** What happens, and what undoes it: nothing may be lost by either. */
  private void losesNothing(Happening what, Happening undo) {
    NoRoom noRoom = NoRoom.of(stage.stage());
    long before = lost();
    what.happens();
    awaitMore(RATE / 4);
    Await.orThrow(
        SOON,
        () -> lost() - before <= noRoom.packets(),
        "no packet lost by what happened",
        () -> told(before, noRoom));
    undo.happens();
    stage.stage().awaitBothUp(SOON);
    awaitShared();
    Await.orThrow(
        SOON,
        () -> sends(0) && sends(1),
        "flows on both tunnels again",
        () -> stage.stage().describe());
    awaitMore(RATE / 4);
    Await.orThrow(
        SOON,
        () -> lost() - before <= noRoom.packets(),
        "no packet lost by its return",
        () -> told(before, noRoom));
    System.out.printf(
        "%d packets a second: %d lost, %d had no room at peers and hosts%n",
        FLOWS * RATE, lost() - before, noRoom.packets());
  }

  private String told(long before, NoRoom noRoom) {
    return "%d lost, %d before, %d had no room; %s; %s%n%s"
        .formatted(
            lost(),
            before,
            noRoom.packets(),
            noRoom.describe(),
            stage.stage().describe(),
            stage.stage().appliance().tail());
  }

  private void awaitShared() {
    stage.await("their prefixes by both tunnels", () -> stage.shared() == 3);
  }

  private boolean sends(int instance) {
    long before = Scenario.traffic(stage.stage(), instance).outPackets();
    return Await.until(
        Duration.ofSeconds(10),
        () -> Scenario.traffic(stage.stage(), instance).outPackets() > before + RATE / 4);
  }

  private void frr(int instance, String line) {
    stage.daemon(instance).ask("configure terminal", "router bgp 65515", line);
  }

  private void terminate(int instance) {
    stage.stage().strongSwan(instance).swanctl("--terminate", "--ike", "bench", "--timeout", "10");
  }

  private void awaitWords(int instance, String... words) {
    stage.await(
        "in%d's FRR to write %s".formatted(instance, List.of(words)),
        () -> Stream.of(words).allMatch(stage.daemon(instance).log()::contains));
  }

  private String failure(int instance) {
    return stage
        .session(instance)
        .map(session -> session.lastFailure() == null ? "" : session.lastFailure().sentence())
        .orElse("");
  }

  private TunnelStatus awaitState(int instance, State state) {
    return Scenario.awaitTunnel(stage.stage(), instance, t -> t.state() == state, state.toString());
  }

  private void post(String path) {
    try {
      var answer = new StatusClient(stage.stage().appliance().statusSocket()).post(path);
      assertThat(answer.ok()).as("%s", answer.body()).isTrue();
    } catch (StatusClient.Unreachable e) {
      throw new AssertionError(e);
    }
  }

  private long lost() {
    return hosts.vnet().echoed().stream().mapToLong(FlowReport::lost).sum();
  }

  /** Until each flow has delivered so many more, behind which a loss would show. */
  private void awaitMore(int packets) {
    Map<Integer, Long> before = received();
    Await.orThrow(
        SOON,
        () ->
            received().entrySet().stream()
                .allMatch(
                    flow -> flow.getValue() - before.getOrDefault(flow.getKey(), 0L) >= packets),
        packets + " more packets of each flow",
        () -> stage.stage().describe());
  }

  private Map<Integer, Long> received() {
    return hosts.vnet().echoed().stream()
        .collect(Collectors.toMap(FlowReport::port, FlowReport::received));
  }
}
