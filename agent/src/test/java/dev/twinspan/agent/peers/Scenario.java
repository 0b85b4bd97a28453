package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import dev.twinspan.agent.status.TunnelStatus;
import java.time.Duration;
import java.util.List;

/** What the integration tests ask of a {@link Stage} over and over. */
final class Scenario {
  static final Duration UP = Duration.ofSeconds(60);
  static final Duration FLOWS = Duration.ofSeconds(30);

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

  static void awaitAllAlive(Stage stage, Hosts hosts, Duration limit) {
    int flows = hosts.lan().flows().size();
    assertThat(flows).isPositive();
    Await.orThrow(
        limit,
        () -> alive(hosts) == flows,
        "all " + flows + " flows to get through",
        () -> hosts.lan().flows() + "; " + stage.describe());
  }

  static TunnelStatus.Traffic traffic(Stage stage, int tunnel) {
    return stage.tunnel(tunnel).map(TunnelStatus::traffic).orElse(TunnelStatus.Traffic.NONE);
  }
}
