package dev.twinspan.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Stock mosquitto with the shipped configuration and ACL, TLS 1.3 and a certificate for each
 * client; a controller that watches. A box is born, dies without a word, comes back as another
 * session, and goes in an orderly way; another box cannot speak in its name. The broker restarts,
 * and the box finds it again.
 */
class FleetLinkIT {
  private static final Duration LIMIT = Duration.ofSeconds(180);
  private static final String DEVICE = "branch-0017";
  private static final String TOPIC = "twinspan/1/rehearsal/" + DEVICE + "/";
  private static final Path DIST = Path.of("src/main/dist/fleet");

  /** A message as the controller saw it. */
  private record Seen(double time, boolean retained, String topic, JsonNode payload) {
    String state() {
      return payload.path("state").asString("");
    }

    long session() {
      return payload.path("session").asLong();
    }
  }

  @TempDir private Path folder;
  private final Entity root = TestPki.root(Kind.P256, "fleet");

  @Test
  void shouldTellTheFleetHowItIs() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/mosquitto")), "missing: package mosquitto");
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/mosquitto_sub")),
        "missing: package mosquitto-clients");
    try (Stage stage =
        Stage.set(
            Bench.Options.DEFAULT,
            Stage.Peer.STRONGSWAN,
            Suite.AZURE_STRONG,
            Role.DEFAULT,
            Role.DEFAULT)) {
      Namespace box = stage.bench().topology().cpe();
      for (String name : List.of("broker", DEVICE, "branch-0099", "controller")) {
        Entity entity = root.issues(Kind.P256, name).ip("127.0.0.1").build();
        entity.writeChain(folder.resolve(name + ".pem"));
        entity.writeKey(folder.resolve(name + ".key"));
      }
      TestPki.write(folder.resolve("ca.pem"), root.certificate());
      Daemon broker = broker(box);
      Path heard = folder.resolve("heard");
      Daemon controller = controller(box, heard);
      stage.appliance().configure(stage.appliance().settings().withTop(fleet()));

      stage.appliance().start();
      Seen ready = await(stage, heard, 0, "ready");
      assertThat(ready.session()).isEqualTo(1);
      List<Seen> birth = seen(heard);
      Seen init = first(birth, 0, "init").orElseThrow();
      assertThat(ready.time() - init.time()).as("birth, seconds").isLessThan(60);
      System.err.printf("fleet: birth took %.3f s%n", ready.time() - init.time());
      await(stage, heard, "health", 1);
      JsonNode about = seen(heard, "about").getFirst().payload();
      assertThat(about.get("device").asString()).isEqualTo(DEVICE);
      assertThat(seen(heard, "health").getFirst().payload().get("tunnels")).hasSize(2);

      nobodyElseMaySpeakInItsName(box, heard);

      stage.appliance().kill();
      Seen lost = await(stage, heard, 0, "lost");
      assertThat(lost.session()).isEqualTo(1);

      stage.appliance().start();
      Seen again = await(stage, heard, lost.time(), "ready");
      assertThat(again.session()).isEqualTo(2);

      // No word of the box is lost on the way: it dials again until the broker is back.
      assertThat(broker.terminate(LIMIT)).isTrue();
      controller.terminate(LIMIT);
      broker(box);
      Path after = folder.resolve("after");
      controller(box, after);
      assertThat(await(stage, after, 0, "ready").session()).isEqualTo(2);
      await(stage, after, "health", 1);

      assertThat(stage.appliance().stop(LIMIT)).isTrue();
      assertThat(await(stage, after, 0, "disconnected").session()).isEqualTo(2);
      assertThat(first(seen(after), 0, "lost")).as("a will after a farewell").isEmpty();
    }
  }

  private void nobodyElseMaySpeakInItsName(Namespace box, Path heard) throws IOException {
    for (String forged : List.of(TOPIC + "state", "twinspan/1/rehearsal/branch-0099/cmd/reset")) {
      List<String> command = new ArrayList<>(List.of("mosquitto_pub"));
      command.addAll(as("branch-0099"));
      command.addAll(List.of("-q", "1", "-t", forged, "-m", "{\"state\":\"forged\"}"));
      Exec.Result result = box.run("", command);
      assertThat(result.err() + result.out()).contains("Not authorized");
    }
    List<String> stranger =
        List.of(
            "mosquitto_pub",
            "-V",
            "mqttv5",
            "-h",
            "127.0.0.1",
            "-p",
            "8883",
            "--cafile",
            folder.resolve("ca.pem").toString(),
            "-q",
            "1",
            "-t",
            TOPIC + "state",
            "-m",
            "{}");
    assertThat(box.run("", stranger).ok()).as("without a certificate").isFalse();
    assertThat(seen(heard)).noneMatch(message -> message.state().equals("forged"));
  }

  private String fleet() {
    return "fleet: {broker: \"mqtts://127.0.0.1:8883\", keep-alive: 5, health-interval: 1,"
        + " state-directory: %s, certificate: {file: %s, key-file: %s, trust-file: %s}}"
            .formatted(
                folder.resolve("state"),
                folder.resolve(DEVICE + ".pem"),
                folder.resolve(DEVICE + ".key"),
                folder.resolve("ca.pem"));
  }

  /** With the shipped files, but for their places. */
  private Daemon broker(Namespace box) throws IOException {
    Path acl = folder.resolve("acl");
    Files.writeString(acl, Files.readString(DIST.resolve("acl")));
    Files.setPosixFilePermissions(acl, PosixFilePermissions.fromString("rw-r--r--"));
    String config =
        Files.readString(DIST.resolve("mosquitto.conf"))
            .replace("/etc/mosquitto/fleet/", folder + "/")
            .replace("persistence true", "persistence false");
    // As root it would go over to a user who cannot read the keys.
    Path file = Files.writeString(folder.resolve("mosquitto.conf"), config + "user root\n");
    Daemon broker =
        box.start(
            "mosquitto",
            folder.resolve("mosquitto.log"),
            Map.of(),
            List.of("mosquitto", "-c", file.toString()));
    Await.orThrow(
        LIMIT,
        () -> box.procNet("tcp").stream().anyMatch(line -> line.contains(":22B3 00000000:0000")),
        "mosquitto to listen",
        broker::tail);
    return broker;
  }

  private Daemon controller(Namespace box, Path heard) {
    List<String> command = new ArrayList<>(List.of("mosquitto_sub"));
    command.addAll(as("controller"));
    command.addAll(List.of("-q", "1", "-t", "twinspan/1/#", "-F", "%U %r %t %p"));
    return box.start("controller", heard, Map.of(), command);
  }

  private List<String> as(String name) {
    return List.of(
        "-V",
        "mqttv5",
        "-h",
        "127.0.0.1",
        "-p",
        "8883",
        "--cafile",
        folder.resolve("ca.pem").toString(),
        "--cert",
        folder.resolve(name + ".pem").toString(),
        "--key",
        folder.resolve(name + ".key").toString());
  }

  /** The first of that state after some time. */
  private static Seen await(Stage stage, Path heard, double after, String state) {
    Await.orThrow(
        LIMIT,
        () -> first(seen(heard), after, state).isPresent(),
        "state " + state,
        () -> seen(heard) + stage.appliance().tail());
    return first(seen(heard), after, state).orElseThrow();
  }

  private static void await(Stage stage, Path heard, String topic, int count) {
    Await.orThrow(
        LIMIT,
        () -> seen(heard, topic).size() >= count,
        count + " of " + topic,
        () -> seen(heard) + stage.appliance().tail());
  }

  private static Optional<Seen> first(List<Seen> seen, double after, String state) {
    return seen.stream()
        .filter(message -> message.topic().equals(TOPIC + "state"))
        .filter(message -> message.time() > after && message.state().equals(state))
        .findFirst();
  }

  private static List<Seen> seen(Path heard, String topic) {
    return seen(heard).stream().filter(message -> message.topic().equals(TOPIC + topic)).toList();
  }

  /** Whole lines of the controller's output. */
  private static List<Seen> seen(Path heard) {
    String text;
    try {
      text = Files.exists(heard) ? Files.readString(heard) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<Seen> seen = new ArrayList<>();
    for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n")) {
      String[] parts = line.split(" ", 4);
      if (parts.length < 4) {
        continue;
      }
      try {
        seen.add(
            new Seen(
                Double.parseDouble(parts[0]),
                parts[1].equals("1"),
                parts[2],
                Json.parse(parts[3])));
      } catch (NumberFormatException | Json.Malformed _) {
        continue; // what mosquitto_sub says of itself
      }
    }
    return seen;
  }
}
