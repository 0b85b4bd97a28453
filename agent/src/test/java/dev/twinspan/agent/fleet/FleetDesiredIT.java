package dev.twinspan.agent.fleet;

import static dev.twinspan.agent.fleet.FleetStage.DEVICE;
import static dev.twinspan.agent.fleet.FleetStage.LIMIT;
import static dev.twinspan.agent.fleet.FleetStage.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.crypto.Sha256;
import dev.twinspan.agent.fleet.FleetStage.Seen;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.traffic.FlowReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/**
 * A controller changes a box's configuration while flows run over both tunnels: a good one is taken
 * up and disturbs nobody; one with an error, one that would lose the tunnels and one that would
 * lose the broker leave the box as it was, without anybody's help.
 */
class FleetDesiredIT {
  /** Few enough that a box without the processor for seconds finds room for them. */
  private static final int FLOWS = 8;

  private static final double PACKETS_A_SECOND = 20;

  @TempDir private Path folder;
  private Path heard;
  private FleetStage fleet;

  @Test
  void shouldTakeUpWhatIsGoodAndTakeBackWhatIsNot() throws Exception {
    heard = folder.resolve("heard");
    try (FleetStage set = FleetStage.set(folder, Stage.Peer.STRONGSWAN)) {
      fleet = set;
      fleet.broker();
      fleet.controller(heard);
      Stage stage = fleet.stage();
      stage.start();
      stage.awaitBothUp(LIMIT);
      fleet.await(heard, 0, "ready");
      Path file = stage.appliance().configFile();
      String first = Files.readString(file);

      // As somebody at the controller's machine types it, who waits for what comes of it.
      Path typed =
          Files.writeString(
              folder.resolve("typed.yaml"),
              first.replace("static-prefixes: [", "static-prefixes: [10.97.0.0/16, "));
      assertThat(
              fleet.terminal(
                  "controller", "apply", DEVICE, "--config", typed.toString(), "--as", "v0"))
          .contains(DEVICE + ": running", DEVICE + ": done");
      assertThat(file).hasSameTextualContentAs(typed);

      Bench.Hosts hosts = stage.bench().hosts();
      hosts.udp(FLOWS, PACKETS_A_SECOND, 200);
      Await.orThrow(
          LIMIT,
          () ->
              hosts.lan().flows().size() == FLOWS
                  && hosts.lan().flows().stream().allMatch(flow -> flow.received() > 0),
          "flows to be answered",
          stage::describe);
      long before = lost(hosts);
      String good =
          first
              .replace("static-prefixes: [", "static-prefixes: [10.99.0.0/16, ")
              .replace("keep-alive: 5,", "keep-alive: 5, trial-seconds: 15,");
      double sent = desire("v1", good);
      Seen trial = reported("v1", "trial");
      System.err.printf("desired: in force and told after %.2f s%n", trial.time() - sent);
      reported("v1", "applied");
      assertThat(file).hasContent(good);
      long received = hosts.lan().flows().stream().mapToLong(FlowReport::received).sum();
      Await.orThrow(
          LIMIT,
          () ->
              hosts.lan().flows().stream().mapToLong(FlowReport::received).sum()
                  > received + 5 * FLOWS,
          "flows to go on",
          stage::describe);
      assertThat(lost(hosts)).as("packets lost over tunnels that did not change").isEqualTo(before);

      desire("v2", good.replace("mode: active-active", "mode: sideways"));
      Seen refused = reported("v2", "refused");
      assertThat(refused.payload().get("reason").asString()).isEqualTo("schema");
      assertThat(refused.payload().at("/problems/0/path").asString()).endsWith(".mode");

      Path wrong =
          Files.writeString(file.resolveSibling("wrong-psk"), "Another+Horse+Battery+Staple\n");
      Files.setPosixFilePermissions(wrong, PosixFilePermissions.fromString("rw-------"));
      desire("v3", good.replaceAll("psk: \\{file: [^}]*}", "psk: {file: wrong-psk}"));
      assertThat(reported("v3", "rolled_back").payload().get("reason").asString())
          .isEqualTo("tunnels_lost");
      stage.awaitBothUp(LIMIT);
      assertThat(file).hasContent(good);

      desire("v4", good.replace("127.0.0.1:8883", "127.0.0.1:8884"));
      assertThat(reported("v4", "rolled_back").payload().get("reason").asString())
          .isEqualTo("fleet_link_lost");
      assertThat(file).hasContent(good);

      byUrl(stage, good);
      assertThat(stage.appliance().alive()).isTrue();
    }
  }

  /** What is desired is at a web server of the fleet, which asks each box for its certificate. */
  private void byUrl(Stage stage, String inForce) throws Exception {
    Path file = stage.appliance().configFile();
    fleet.web();
    String good = inForce.replace("static-prefixes: [", "static-prefixes: [10.98.0.0/16, ");
    double sent = desireByUrl("v5", good, Sha256.JDK.hex(good));
    Seen trial = reported("v5", "trial");
    System.err.printf("desired by url: in force and told after %.2f s%n", trial.time() - sent);
    reported("v5", "applied");
    assertThat(file).hasContent(good);

    desireByUrl("v6", good + "# by another hand\n", Sha256.JDK.hex(good + "# as signed\n"));
    assertThat(reported("v6", "refused").payload().get("reason").asString()).isEqualTo("hash");

    String bad = good.replaceAll("psk: \\{file: [^}]*}", "psk: {file: wrong-psk}");
    desireByUrl("v7", bad, Sha256.JDK.hex(bad));
    reported("v7", "trial");
    assertThat(reported("v7", "rolled_back").payload().get("reason").asString())
        .isEqualTo("tunnels_lost");
    stage.awaitBothUp(LIMIT);
    assertThat(file).hasContent(good);
  }

  private static long lost(Bench.Hosts hosts) {
    return hosts.lan().flows().stream().mapToLong(FlowReport::lost).sum();
  }

  /** When, as the controller's clock has it. */
  private double desire(String version, String config) throws Exception {
    return desire(
        Json.object()
            .put("version", version)
            .put("hash", Sha256.JDK.hex(config))
            .put("config", config));
  }

  private double desireByUrl(String version, String config, String hash) throws Exception {
    return desire(
        Json.object()
            .put("version", version)
            .put("hash", hash)
            .put("url", fleet.webPage(version + ".yaml", config)));
  }

  private double desire(ObjectNode message) throws Exception {
    Path payload = write(message.get("version").asString(), Json.compact(message));
    double now = System.currentTimeMillis() / 1e3;
    Exec.Result result =
        fleet.publish("controller", TOPIC + "desired", "-r", "-f", payload.toString());
    assertThat(result.ok()).as(result.err()).isTrue();
    return now;
  }

  private Path write(String version, String text) throws IOException {
    return Files.writeString(folder.resolve(version + ".json"), text);
  }

  private Seen reported(String version, String result) {
    return fleet.await(
        heard,
        "reported",
        version + " to be " + result,
        seen ->
            seen.payload().path("version").asString("").equals(version)
                && seen.payload().path("result").asString("").equals(result));
  }
}
