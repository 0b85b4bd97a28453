package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.capture.KeyFolder;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.SelfCommand;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.TunnelStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * {@code twinspan capture} of a tunnel to stock strongSwan, from the handshake to a ping through
 * it, read by tshark: with the folder of keys as its configuration it sees what IKE_AUTH says and
 * which echo requests are in the ESP packets; without it, neither. What was given out opens nothing
 * any more once the capture is over.
 */
class CaptureIT {
  private static final Duration SOON = Scenario.UP;
  private static final String TUNNEL = "hub/in0";
  private static final String PATTERN = "7477696e7370616e";

  @TempDir private Path directory;

  @Test
  void shouldBeOpenedByTsharkWithTheKeysAlone() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/tshark")), "missing: package tshark");
    try (Stage stage = Scenario.stage(Stage.Peer.STRONGSWAN)) {
      stage.strongSwan(0).start();
      stage.appliance().start();
      Await.orThrow(Scenario.UP, () -> stage.up(0), "in0's tunnel", stage::describe);
      String name = stage.tunnel(0).orElseThrow().name();
      Path file = directory.resolve("capture.pcapng");
      Path keys = directory.resolve("keys");
      JsonNode summary = capture(stage, name, file, keys);

      assertThat(summary.path("dropped").path("esp").longValue()).isZero();
      assertThat(summary.path("packets").path("ike").longValue()).isGreaterThanOrEqualTo(4);
      assertThat(summary.path("packets").path("esp").longValue()).isGreaterThanOrEqualTo(2);
      assertThat(summary.path("packets").path("inner").longValue()).isGreaterThanOrEqualTo(2);
      assertThat(mode(file)).isEqualTo("rw-------");
      assertThat(mode(keys)).isEqualTo("rwx------");
      assertThat(mode(keys.resolve(KeyFolder.ESP))).isEqualTo("rw-------");
      assertThat(mode(keys.resolve(KeyFolder.IKE))).isEqualTo("rw-------");

      handshakeIsReadable(file, keys);
      pingIsReadable(file, keys);
      innerPacketsAreThere(file);
      keysAreReplaced(stage, keys);
      List<Event> events = Scenario.status(stage).events();
      assertThat(events)
          .extracting(Event::code)
          .containsSubsequence("capture-started", "keys-given-out", "capture-ended");
      assertThat(events)
          .filteredOn(event -> event.code().equals("keys-given-out"))
          .singleElement()
          .satisfies(
              event -> {
                assertThat(event.tunnel()).isEqualTo(name);
                assertThat(event.sentence()).contains("user root", name);
              });
    }
  }

  /** From before a reset until a ping has gone through. */
  private JsonNode capture(Stage stage, String name, Path file, Path keys) throws Exception {
    List<String> command =
        SelfCommand.of(
            "capture",
            name,
            "--esp",
            "--inner",
            "--json",
            "--output=" + file,
            "--with-keys=" + keys,
            "--seconds=600",
            "--socket=" + stage.appliance().statusSocket());
    Path errors = directory.resolve("errors");
    Path out = directory.resolve("summary");
    Process capture =
        new ProcessBuilder(command)
            .redirectError(errors.toFile())
            .redirectOutput(out.toFile())
            .start();
    try {
      Await.orThrow(
          SOON,
          () -> size(keys.resolve(KeyFolder.ESP)) > 0,
          "keys of an ESP SA",
          () -> said(errors));
      new StatusClient(stage.appliance().statusSocket()).post("/v1/tunnels/" + name + "/reset");
      Await.orThrow(
          SOON,
          () -> stage.up(0) && stage.bench().fabric().uses(0),
          "in0's tunnel after the reset",
          stage::describe);
      Await.orThrow(
          SOON,
          () -> stage.bench().topology().lan().run("", ping()).ok(),
          "a ping through the tunnel",
          stage::describe);
      capture.destroy(); // SIGTERM, as Ctrl-C
      assertThat(capture.waitFor(120, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    } finally {
      capture.destroyForcibly();
    }
    assertThat(capture.exitValue()).as(said(errors)).isZero();
    assertThat(said(errors)).contains("WARNING: whoever reads " + keys);
    return Json.parse(Files.readString(out));
  }

  private static List<String> ping() {
    return List.of("ping", "-c", "3", "-i", "0.2", "-W", "1", "-p", PATTERN, Addresses.VNET_HOST);
  }

  private void handshakeIsReadable(Path file, Path keys) throws Exception {
    List<String> shown = tshark(file, keys, "-V", "-Y", "isakmp.exchangetype == 35");
    assertThat(shown)
        .anyMatch(line -> line.contains("Identification Data:" + Addresses.APPLIANCE))
        .anyMatch(line -> line.contains("Identification Data:" + Addresses.INSTANCES.getFirst()));
    List<String> closed = tshark(file, directory.resolve("none"), "-V", "-Y", "isakmp");
    assertThat(closed)
        .anyMatch(line -> line.contains("Encrypted and Authenticated"))
        .noneMatch(line -> line.contains("Identification Data:"));
  }

  /** Both ways, each request and reply with what was sent inside. */
  private void pingIsReadable(Path file, Path keys) throws Exception {
    String[] fields = {
      "-Y",
      "esp && icmp",
      "-T",
      "fields",
      "-e",
      "ip.src",
      "-e",
      "ip.dst",
      "-e",
      "icmp.type",
      "-e",
      "data.data"
    };
    List<String> opened = tshark(file, keys, fields);
    String here = Addresses.APPLIANCE;
    String there = Addresses.INSTANCES.getFirst();
    String sent =
        "%s,%s\t%s,%s\t8\t".formatted(here, Addresses.LAN_HOST, there, Addresses.VNET_HOST);
    String back =
        "%s,%s\t%s,%s\t0\t".formatted(there, Addresses.VNET_HOST, here, Addresses.LAN_HOST);
    assertThat(opened).filteredOn(l -> l.startsWith(sent) && l.contains(PATTERN)).isNotEmpty();
    assertThat(opened).filteredOn(l -> l.startsWith(back) && l.contains(PATTERN)).isNotEmpty();
    assertThat(tshark(file, directory.resolve("none"), fields)).isEmpty();
  }

  private void innerPacketsAreThere(Path file) throws Exception {
    List<String> inner =
        tshark(
            file,
            directory.resolve("none"),
            "-Y",
            "icmp && !esp && frame.interface_name == \"inner\"",
            "-T",
            "fields",
            "-e",
            "ip.src",
            "-e",
            "ip.dst");
    assertThat(inner)
        .contains(Addresses.LAN_HOST + "\t" + Addresses.VNET_HOST)
        .contains(Addresses.VNET_HOST + "\t" + Addresses.LAN_HOST);
  }

  private static void keysAreReplaced(Stage stage, Path keys) throws IOException {
    String given = Files.readString(keys.resolve(KeyFolder.ESP));
    assertThat(given).isNotEmpty();
    Await.orThrow(
        SOON,
        () -> stage.tunnel(0).map(t -> replaced(t, given)).orElse(false),
        "new keys after the capture",
        stage::describe);
  }

  private static boolean replaced(TunnelStatus tunnel, String given) {
    return !tunnel.childSas().isEmpty()
        && tunnel.childSas().stream()
            .noneMatch(sa -> given.contains("0x" + String.format("%08x", sa.outboundSpi())));
  }

  private List<String> tshark(Path file, Path configuration, String... arguments) throws Exception {
    Files.createDirectories(configuration);
    List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("WIRESHARK_CONFIG_DIR", configuration.toString());
    Path errors = directory.resolve("tshark");
    Process tshark = builder.redirectError(errors.toFile()).start();
    String out = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(tshark.waitFor()).as(said(errors)).isZero();
    assertThat(said(errors)).doesNotContain("UAT");
    return out.lines().toList();
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException _) {
      return 0; // not there yet
    }
  }

  private static String said(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
