package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.BrokerClient;
import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * The fleet of a booted box, on the internet's side of the bench: stock mosquitto with the shipped
 * configuration and ACL, a controller that hears all, and nginx, which gives out bundles over HTTPS
 * to who has a certificate. For one thread at a time.
 */
final class ImageFleet {
  private static final String ADDRESS = Addresses.APPLIANCE_ROUTER;
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Path DIST = Path.of("src/main/dist/fleet");
  private static final String TOPIC =
      "twinspan/1/%s/%s/".formatted(ImageStage.SITE, ImageStage.DEVICE);

  /** The box's section of its configuration. */
  static final String CONFIG =
      """
      fleet:
        broker: mqtts://%s:8883
        allow-reboot: true
        certificate: {file: certs/fleet.pem, key-file: secrets/fleet.key, trust-file: certs/fleet-ca.pem}
      """
          .formatted(ADDRESS);

  private final Namespace internet;
  private final Path folder;
  private int orders;
  private int marked;

  private ImageFleet(Namespace internet, Path folder) {
    this.internet = internet;
    this.folder = folder;
  }

  /**
   * Starts all of it.
   *
   * @param bundles the folder that is given out
   */
  static ImageFleet start(Namespace internet, Path folder, Path bundles) throws IOException {
    ImageFleet fleet = new ImageFleet(internet, Files.createDirectories(folder));
    Entity root = TestPki.root(Kind.P256, "fleet");
    for (String name : List.of("broker", ImageStage.DEVICE, "controller")) {
      Entity entity = root.issues(Kind.P256, name).ip(ADDRESS).build();
      entity.writeChain(folder.resolve(name + ".pem"));
      entity.writeKey(folder.resolve(name + ".key"));
    }
    TestPki.write(folder.resolve("ca.pem"), root.certificate());
    fleet.startBroker();
    fleet.startServer(bundles);
    List<String> listener = new ArrayList<>(List.of("mosquitto_sub"));
    listener.addAll(fleet.as("controller"));
    listener.addAll(List.of("-q", "1", "-t", "twinspan/1/#", "-F", "%t %p"));
    internet.start("controller", fleet.heard(), Map.of(), listener);
    return fleet;
  }

  private void startBroker() throws IOException {
    Path acl = folder.resolve("acl");
    Files.writeString(acl, Files.readString(DIST.resolve("acl")));
    Files.setPosixFilePermissions(acl, PosixFilePermissions.fromString("rw-------"));
    Path file =
        Files.writeString(
            folder.resolve("mosquitto.conf"),
            // As root it would go over to a user who cannot read the keys.
            Files.readString(DIST.resolve("mosquitto.conf"))
                    .replace("/etc/mosquitto/fleet/", folder + "/")
                    .replace("persistence true", "persistence false")
                + "\nuser root\n");
    var broker =
        internet.start(
            "mosquitto",
            folder.resolve("mosquitto.log"),
            Map.of(),
            List.of("mosquitto", "-c", file.toString()));
    Await.orThrow(LIMIT, () -> listens("22B3"), "mosquitto to listen", broker::tail);
  }

  private void startServer(Path bundles) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("nginx.conf"),
            """
            daemon off;
            master_process off;
            user root;
            pid %1$s/nginx.pid;
            error_log stderr;
            events {}
            http {
              log_format answers '$status $body_bytes_sent';
              access_log %1$s/answers answers;
              client_body_temp_path %1$s; proxy_temp_path %1$s; fastcgi_temp_path %1$s;
              uwsgi_temp_path %1$s; scgi_temp_path %1$s;
              server {
                listen %2$s:8443 ssl;
                ssl_protocols TLSv1.3;
                ssl_certificate %1$s/broker.pem;
                ssl_certificate_key %1$s/broker.key;
                ssl_client_certificate %1$s/ca.pem;
                ssl_verify_client on;
                root %3$s;
              }
            }
            """
                .formatted(folder, ADDRESS, bundles));
    var server =
        internet.start(
            "nginx",
            folder.resolve("nginx.log"),
            Map.of(),
            List.of("nginx", "-c", file.toString(), "-e", "stderr"));
    Await.orThrow(LIMIT, () -> listens("20FB"), "nginx to listen", server::tail);
  }

  private boolean listens(String hexadecimal) {
    return internet.procNet("tcp").stream()
        .anyMatch(line -> line.contains(":" + hexadecimal + " 00000000:0000"));
  }

  private List<String> as(String name) {
    return BrokerClient.as(name, ADDRESS, folder);
  }

  private Path heard() {
    return folder.resolve("heard");
  }

  /** What the box is to have beside its configuration. */
  Map<String, String> credentials() throws IOException {
    Map<String, String> files = new HashMap<>();
    files.put("certs/fleet-ca.pem", Files.readString(folder.resolve("ca.pem")));
    files.put("certs/fleet.pem", Files.readString(folder.resolve(ImageStage.DEVICE + ".pem")));
    files.put("secrets/fleet.key", Files.readString(folder.resolve(ImageStage.DEVICE + ".key")));
    return files;
  }

  /**
   * An update, now.
   *
   * @return its id
   */
  String order(Path bundle, boolean force) throws IOException {
    String id = "o" + ++orders;
    String digest = Exec.run("sha256sum", bundle.toString()).orThrow().out().substring(0, 64);
    String payload =
        Json.object()
            .put("url", "https://%s:8443/%s".formatted(ADDRESS, bundle.getFileName()))
            .put("sha256", digest)
            .put("size", Files.size(bundle))
            .put("force", force)
            .put("at", "now")
            .toString();
    List<String> command = new ArrayList<>(List.of("mosquitto_pub"));
    command.addAll(as("controller"));
    command.addAll(List.of("-q", "1", "-t", TOPIC + "cmd/update", "-m", payload));
    for (String property :
        List.of(
            "correlation-data " + id,
            "message-expiry-interval 600",
            "response-topic " + TOPIC + "ack/" + id)) {
      command.addAll(List.of("-D", "publish"));
      command.addAll(List.of(property.split(" ")));
    }
    Exec.Result result = internet.run("", command);
    assertThat(result.ok()).as(result.err()).isTrue();
    return id;
  }

  /** What was heard so far does not count any more. */
  void mark() throws IOException {
    marked = Files.readAllBytes(heard()).length;
  }

  /** How the server answered each time it was asked for a bundle: status, and bytes that went. */
  List<String> answers() throws IOException {
    return Files.readAllLines(folder.resolve("answers"));
  }

  /** What the box told last of the order; empty: nothing yet. */
  Optional<JsonNode> ota(String id) {
    return told("ota").filter(told -> told.at("/job/id").asString("").equals(id));
  }

  /** Whether it has told that it is there, and not that it is gone since. */
  boolean ready() {
    return told("state").filter(s -> s.path("state").asString("").equals("ready")).isPresent();
  }

  /** For a failure. */
  String tail() {
    try {
      String all = Files.readString(heard());
      return all.substring(Math.max(0, all.length() - 4000));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** The last message under one of the box's topics. */
  private Optional<JsonNode> told(String path) {
    try {
      byte[] all = Files.exists(heard()) ? Files.readAllBytes(heard()) : new byte[0];
      String text = new String(all, marked, all.length - marked, StandardCharsets.UTF_8);
      String prefix = TOPIC + path + " ";
      return text.substring(0, text.lastIndexOf('\n') + 1)
          .lines()
          .filter(line -> line.startsWith(prefix))
          .reduce((_, later) -> later)
          .map(line -> parse(line.substring(prefix.length())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode parse(String text) {
    try {
      return Json.parse(text);
    } catch (Json.Malformed e) {
      throw new AssertionError(text, e);
    }
  }
}
