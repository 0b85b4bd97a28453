package dev.twinspan.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.SelfCommand;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import dev.twinspan.agent.rehearse.peer.TwinspanSettings;
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
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/**
 * A box, two instances, and a fleet: stock mosquitto with the shipped configuration and ACL, TLS
 * 1.3, a certificate for each client, and a controller that hears everything. All of it in the
 * box's namespace, unless the broker is elsewhere.
 */
final class FleetStage implements AutoCloseable {
  static final Duration LIMIT = Duration.ofSeconds(180);
  static final String DEVICE = "branch-0017";
  static final String OTHER_DEVICE = "branch-0099";
  static final String TOPIC = "twinspan/1/rehearsal/" + DEVICE + "/";

  /** Of the VNet's prefix, and yet anywhere. */
  static final String OUTSIDE = "10.10.7.7";

  private static final String LOOPBACK = "127.0.0.1";
  private static final int WEB_PORT = 8443;
  private static final Path DIST = Path.of("src/main/dist/fleet");

  /** A message as the controller saw it. */
  record Seen(double time, boolean retained, String topic, JsonNode payload) {
    String state() {
      return payload.path("state").asString("");
    }

    long session() {
      return payload.path("session").asLong();
    }
  }

  private final Path folder;
  private final Stage stage;
  private final TwinspanSettings settings;
  private UnaryOperator<String> brokerConfig = UnaryOperator.identity();
  private int port = 8883;
  private Namespace place;
  private String address = LOOPBACK;

  private FleetStage(Path folder, Stage stage) {
    this.folder = folder;
    this.stage = stage;
    this.settings = stage.appliance().settings();
    this.place = box();
  }

  /** Builds it all; starts nothing. */
  static FleetStage set(Path folder, Stage.Peer peer) {
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/mosquitto")), "missing: package mosquitto");
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/mosquitto_sub")),
        "missing: package mosquitto-clients");
    Entity root = TestPki.root(Kind.P256, "fleet");
    for (String name : List.of("broker", DEVICE, OTHER_DEVICE, "controller", "viewer")) {
      Entity entity =
          root.issues(Kind.P256, name).ip(LOOPBACK).ip(Addresses.VNET_HOST).ip(OUTSIDE).build();
      entity.writeChain(folder.resolve(name + ".pem"));
      entity.writeKey(folder.resolve(name + ".key"));
    }
    TestPki.write(folder.resolve("ca.pem"), root.certificate());
    Stage stage =
        Stage.set(Bench.Options.DEFAULT, peer, Suite.AZURE_STRONG, Role.DEFAULT, Role.DEFAULT);
    FleetStage made = new FleetStage(folder, stage);
    made.configure("");
    return made;
  }

  /** For the box's next start; more settings as for {@link #settings}. */
  void configure(String more) {
    stage.appliance().configure(settings.withTop(settings(more)));
  }

  /** From its next start on; {@link #configure} tells the box. */
  void brokerAt(Namespace machine, String itsAddress) {
    place = machine;
    address = itsAddress;
  }

  Stage stage() {
    return stage;
  }

  Namespace box() {
    return stage.bench().topology().cpe();
  }

  Path stateDirectory() {
    return folder.resolve("state");
  }

  /**
   * The box's section of the configuration.
   *
   * @param more settings, each with a comma behind it
   */
  String settings(String more) {
    return "fleet: {broker: \"mqtts://%s:%d\", keep-alive: 5, health-interval: 1, %s"
            .formatted(address, port, more)
        + "state-directory: %s, certificate: {file: %s, key-file: %s, trust-file: %s}}"
            .formatted(
                stateDirectory(),
                folder.resolve(DEVICE + ".pem"),
                folder.resolve(DEVICE + ".key"),
                folder.resolve("ca.pem"));
  }

  /** Changes the broker's configuration, for its next start. */
  void brokerConfig(UnaryOperator<String> change) {
    brokerConfig = change;
  }

  /** With the shipped files, but for their places. */
  Daemon broker() throws IOException {
    Path acl = folder.resolve("acl");
    Files.writeString(acl, Files.readString(DIST.resolve("acl")));
    Files.setPosixFilePermissions(acl, PosixFilePermissions.fromString("rw-r--r--"));
    String config =
        Files.readString(DIST.resolve("mosquitto.conf"))
            .replace("/etc/mosquitto/fleet/", folder + "/")
            .replace("persistence true", "persistence false");
    // As root it would go over to a user who cannot read the keys.
    Path file =
        Files.writeString(
            folder.resolve("mosquitto.conf"), brokerConfig.apply(config) + "user root\n");
    Daemon broker =
        place.start(
            "mosquitto",
            folder.resolve("mosquitto.log"),
            Map.of(),
            List.of("mosquitto", "-c", file.toString()));
    Await.orThrow(
        LIMIT,
        () -> place.procNet("tcp").stream().anyMatch(line -> line.contains(":22B3 00000000:0000")),
        "mosquitto to listen",
        broker::tail);
    return broker;
  }

  /**
   * TLS 1.3, for clients of the fleet's CA alone, as the broker is; what {@link #webPage} puts up.
   */
  Daemon web() throws IOException {
    Path pages = Files.createDirectory(folder.resolve("web"));
    List<String> command =
        List.of(
            "env",
            "--chdir=" + pages,
            "openssl",
            "s_server",
            "-accept",
            "127.0.0.1:" + WEB_PORT,
            "-tls1_3",
            "-cert",
            folder.resolve("broker.pem").toString(),
            "-key",
            folder.resolve("broker.key").toString(),
            "-CAfile",
            folder.resolve("ca.pem").toString(),
            "-Verify",
            "1",
            "-verify_return_error",
            "-quiet",
            "-WWW");
    Daemon web = box().start("web", folder.resolve("web.log"), Map.of(), command);
    String listening = ":%04X 00000000:0000".formatted(WEB_PORT);
    Await.orThrow(
        LIMIT,
        () -> box().procNet("tcp").stream().anyMatch(line -> line.contains(listening)),
        "openssl to listen",
        web::tail);
    return web;
  }

  /** Its URL. */
  String webPage(String name, String text) throws IOException {
    Files.writeString(folder.resolve("web").resolve(name), text);
    return "https://127.0.0.1:%d/%s".formatted(WEB_PORT, name);
  }

  /** Writes all that it hears to a file. */
  Daemon controller(Path heard) {
    List<String> command = new ArrayList<>(List.of("mosquitto_sub"));
    command.addAll(as("controller"));
    command.addAll(List.of("-q", "1", "-t", "twinspan/1/#", "-F", "%U %r %t %p"));
    return place.start("controller", heard, Map.of(), command);
  }

  /** mosquitto_pub at QoS 1. */
  Exec.Result publish(String client, String topic, String... more) {
    List<String> command = new ArrayList<>(List.of("mosquitto_pub"));
    command.addAll(as(client));
    command.addAll(List.of("-q", "1", "-t", topic));
    command.addAll(List.of(more));
    return place.run("", command);
  }

  /**
   * {@code twinspan fleet …} as that client, to its end.
   *
   * @return standard output
   */
  String terminal(String client, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(SelfCommand.of("fleet"));
    command.addAll(List.of(arguments));
    command.addAll(
        List.of(
            "--broker",
            "mqtts://127.0.0.1:" + port,
            "--certificate",
            folder.resolve(client + ".pem").toString(),
            "--key",
            folder.resolve(client + ".key").toString(),
            "--ca",
            folder.resolve("ca.pem").toString()));
    Path out = folder.resolve("terminal");
    Files.deleteIfExists(out);
    Daemon terminal = box().start("terminal", out, Map.of(), command);
    Await.orThrow(LIMIT, () -> !terminal.alive(), "the end of " + command, terminal::tail);
    return Files.readString(out);
  }

  List<String> as(String name) {
    return BrokerClient.as(name, "127.0.0.1", folder);
  }

  List<String> withoutCertificate() {
    return as("controller").subList(0, 8);
  }

  /** The first such message under one of the box's topics. */
  Seen await(Path heard, String path, String what, Predicate<Seen> wanted) {
    Await.orThrow(
        LIMIT,
        () -> seen(heard, path).stream().anyMatch(wanted),
        what,
        () -> seen(heard) + stage.appliance().tail());
    return seen(heard, path).stream().filter(wanted).findFirst().orElseThrow();
  }

  /** The first of that state after some time. */
  Seen await(Path heard, double after, String state) {
    return await(
        heard, "state", "state " + state, s -> s.time() > after && s.state().equals(state));
  }

  void await(Path heard, String path, int count) {
    Await.orThrow(
        LIMIT,
        () -> seen(heard, path).size() >= count,
        count + " of " + path,
        () -> seen(heard) + stage.appliance().tail());
  }

  static Optional<Seen> first(List<Seen> seen, double after, String state) {
    return seen.stream()
        .filter(message -> message.topic().equals(TOPIC + "state"))
        .filter(message -> message.time() > after && message.state().equals(state))
        .findFirst();
  }

  static List<Seen> seen(Path heard, String path) {
    return seen(heard).stream().filter(message -> message.topic().equals(TOPIC + path)).toList();
  }

  /** Whole lines of the controller's output. */
  static List<Seen> seen(Path heard) {
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

  void nobodyElseMaySpeakInItsName(Path heard) {
    for (String forged : List.of(TOPIC + "state", TOPIC + "cmd/reset")) {
      Exec.Result result = publish(OTHER_DEVICE, forged, "-m", "{\"state\":\"forged\"}");
      assertThat(result.err() + result.out()).contains("Not authorized");
    }
    List<String> stranger = new ArrayList<>(List.of("mosquitto_pub"));
    stranger.addAll(withoutCertificate());
    stranger.addAll(List.of("-q", "1", "-t", TOPIC + "state", "-m", "{}"));
    assertThat(box().run("", stranger).ok()).as("without a certificate").isFalse();
    assertThat(seen(heard)).noneMatch(message -> message.state().equals("forged"));
  }

  @Override
  public void close() {
    stage.close();
  }
}
