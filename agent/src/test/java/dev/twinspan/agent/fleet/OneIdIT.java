package dev.twinspan.agent.fleet;

import static dev.twinspan.agent.fleet.FleetStage.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.FleetStage.Seen;
import dev.twinspan.agent.rehearse.Bench.Hosts;
import dev.twinspan.agent.rehearse.SelfCommand;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.status.AgentStatus;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Stock strongSwan plays both instances, stock mosquitto the broker. Flows run, one instance is
 * killed, and its fail-over is told by one id everywhere: over MQTT, in the log, in the status that
 * the pages show, and as the exemplar of the metrics that rose.
 */
class OneIdIT {
  private static final int FLOWS = 16;
  private static final int RATE = 100;

  @TempDir private Path folder;

  @Test
  void shouldTellAFailOverByOneIdEverywhere() throws Exception {
    try (FleetStage fleet = FleetStage.set(folder, Stage.Peer.STRONGSWAN)) {
      Stage stage = fleet.stage();
      fleet.broker();
      Path heard = folder.resolve("heard");
      fleet.controller(heard);
      stage.start();
      Hosts hosts = stage.bench().hosts();
      stage.awaitBothUp(LIMIT);
      hosts.udp(FLOWS, RATE, 200);
      Await.orThrow(
          LIMIT,
          () ->
              hosts.vnet().echoed().size() == FLOWS
                  && stage.status().stream()
                      .flatMap(status -> status.tunnels().stream())
                      .allMatch(tunnel -> tunnel.traffic().inPackets() > RATE),
          "flows over both tunnels",
          stage::describe);

      stage.bench().kill(0);
      Seen told =
          fleet.await(
              heard,
              "event",
              "the fail-over over MQTT",
              seen -> seen.payload().path("code").asString("").equals("failed-over"));
      String id = told.payload().get("id").asString();
      assertThat(id).matches("[0-9]+-[0-9]+");
      String tunnel = told.payload().get("tunnel").asString();
      double outage = told.payload().get("outageMillis").asDouble() / 1e3;

      assertThat(stage.appliance().tail()).contains("failed-over: ").contains("[" + id + "]");

      // The control loop makes a status a few times a second; an event is on its way at once.
      Await.orThrow(
          LIMIT,
          () -> stage.status().stream().anyMatch(status -> tells(status, id, tunnel)),
          "event " + id + " of " + tunnel + " in the status",
          () -> stage.status().map(AgentStatus::events).toString());

      Exec.Result metrics =
          Exec.run(
              SelfCommand.of(
                  "metrics", "--openmetrics", "--socket=" + stage.appliance().statusSocket()),
              "",
              LIMIT);
      assertThat(metrics.exit()).as(metrics.err()).isZero();
      List<String> lines = metrics.out().lines().toList();
      String exemplar = "# {event_id=\"" + id + "\"} ";
      assertThat(lines)
          .anyMatch(
              line ->
                  line.startsWith("twinspan_events_total{")
                      && line.contains("code=\"failed-over\"")
                      && line.contains("tunnel=\"" + tunnel + "\"")
                      && line.contains(exemplar));
      String bucket =
          lines.stream()
              .filter(line -> line.startsWith("twinspan_tunnel_outage_seconds_bucket{"))
              .filter(line -> line.contains(exemplar))
              .findFirst()
              .orElseThrow();
      String value = bucket.substring(bucket.indexOf(exemplar) + exemplar.length()).split(" ")[0];
      assertThat(Double.parseDouble(value))
          .isCloseTo(outage, org.assertj.core.api.Assertions.within(1e-3));
    }
  }

  private static boolean tells(AgentStatus status, String id, String tunnel) {
    return status.events().stream()
        .anyMatch(
            event ->
                event.id().equals(id)
                    && tunnel.equals(event.tunnel())
                    && event.code().equals("failed-over"));
  }
}
