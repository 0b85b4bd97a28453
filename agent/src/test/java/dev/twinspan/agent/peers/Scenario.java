package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.StatusTable;
import dev.twinspan.agent.status.TunnelStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/** What the integration tests ask of a {@link Stage} over and over. */
final class Scenario {
  /**
   * Until tunnels are up. Agents that start on a busy machine take 20 to 40 s, and one that is not
   * given the processor in time loses its tunnel for a hold-down of 5 s, the next time of a minute.
   */
  static final Duration UP = Duration.ofSeconds(150);

  /** Until flows get through, wherever their tunnels stand. */
  static final Duration FLOWS = Duration.ofSeconds(90);

  private Scenario() {}

  static Stage stage(Stage.Peer peer) {
    return stage(peer, Suite.AZURE_STRONG, Role.DEFAULT, Role.DEFAULT, Bench.Options.DEFAULT);
  }

  static Stage stage(
      Stage.Peer peer, Suite suite, Role instances, Role appliance, Bench.Options options) {
    return Stage.set(options, peer, suite, instances, appliance);
  }

  /** Flows that receive within a moment. */
  static long alive(Hosts hosts) {
    List<FlowReport> earlier = hosts.lan().flows();
    Await.pause(Duration.ofMillis(250));
    List<FlowReport> later = hosts.lan().flows();
    assertThat(later).hasSameSizeAs(earlier);
    long alive = 0;
    for (int i = 0; i < later.size(); i++) {
      alive += later.get(i).received() > earlier.get(i).received() ? 1 : 0;
    }
    return alive;
  }

  /** As the operator does, who does not want to wait until the hold-down is over. */
  static void reset(Stage stage, String tunnel) {
    try {
      var answer =
          new StatusClient(stage.appliance().statusSocket())
              .post("/v1/tunnels/%s/reset".formatted(tunnel));
      assertThat(answer.ok()).as("%s", answer.body()).isTrue();
    } catch (StatusClient.Unreachable e) {
      throw new AssertionError(e);
    }
  }

  static void awaitAllAlive(Stage stage, Hosts hosts, Duration limit) {
    int flows = hosts.lan().flows().size();
    assertThat(flows).isPositive();
    Await.orThrow(
        limit,
        () -> alive(hosts) == flows,
        "all " + flows + " flows to get through",
        () -> hosts.lan().flows() + "; " + story(stage));
  }

  /** Of an agent that may be late to answer. */
  static AgentStatus status(Stage stage) {
    AtomicReference<AgentStatus> told = new AtomicReference<>();
    Await.orThrow(
        UP,
        () -> {
          stage.status().ifPresent(told::set);
          return told.get() != null;
        },
        "a status",
        stage::tails);
    return told.get();
  }

  /** Never of an agent that does not answer: compared with it, later counters would have grown. */
  static TunnelStatus.Traffic traffic(Stage stage, int tunnel) {
    AtomicReference<TunnelStatus> told = new AtomicReference<>();
    Await.orThrow(
        UP,
        () -> {
          stage.tunnel(tunnel).ifPresent(told::set);
          return told.get() != null;
        },
        "the counters of in" + tunnel,
        stage::describe);
    return told.get().traffic();
  }

  /** For a failure: status, and the ends of all logs. */
  static String story(Stage stage) {
    return stage.status().map(StatusTable::render).orElse("the agent does not answer")
        + "\n"
        + stage.describe()
        + "\n"
        + stage.tails();
  }

  /** Waits until one look shows it, and gives that tunnel as it was then. */
  static TunnelStatus awaitTunnel(
      Stage stage, int tunnel, Predicate<TunnelStatus> condition, String wanted) {
    AtomicReference<TunnelStatus> seen = new AtomicReference<>();
    Await.orThrow(
        UP,
        () -> {
          stage.tunnel(tunnel).filter(condition).ifPresent(seen::set);
          return seen.get() != null;
        },
        "in%d: %s".formatted(tunnel, wanted),
        () -> story(stage));
    return seen.get();
  }
}
