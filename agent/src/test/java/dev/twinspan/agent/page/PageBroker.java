package dev.twinspan.agent.page;

import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.rehearse.netns.Exec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stock mosquitto with the shipped configuration, ACL and way in for pages, and besides one for the
 * test, which speaks for boxes.
 */
final class PageBroker implements AutoCloseable {
  private static final Path DIST = Path.of("src/main/dist/fleet");
  static final String PASSWORD = "Page-Passw0rd";

  private final int pages = freePort();
  private final int certified = freePort();
  private final Path folder;
  private final Entity root;
  private final Process process;
  final MqttClient boxes;

  PageBroker(Path folder) throws IOException, MqttException {
    this.folder = folder;
    this.root = TestPki.root(Kind.P256, "fleet");
    Entity broker = root.issues(Kind.P256, "broker").ip("127.0.0.1").build();
    broker.writeChain(folder.resolve("broker.pem"));
    broker.writeKey(folder.resolve("broker.key"));
    TestPki.write(folder.resolve("ca.pem"), root.certificate());
    own(folder, "acl", Files.readString(DIST.resolve("acl")) + "\nuser boxes\ntopic readwrite #\n");
    own(folder, "passwords", "");
    for (String user : List.of("viewer", "controller", "boxes")) {
      String file = folder.resolve("passwords").toString();
      Exec.Result made = Exec.run("mosquitto_passwd", "-b", file, user, PASSWORD);
      if (!made.ok()) {
        throw new IOException(made.err());
      }
    }
    int inside = freePort();
    String config =
        Files.readString(DIST.resolve("mosquitto.conf"))
                .replace("listener 8883", "listener " + certified + " 127.0.0.1")
                .replace("persistence true", "persistence false")
            + Files.readString(DIST.resolve("pages.conf"))
                .replace("listener 8884", "listener " + pages + " 127.0.0.1")
            // As root it would go over to a user who cannot read the keys.
            + "listener %d 127.0.0.1\nuser root\n".formatted(inside);
    Path file =
        Files.writeString(
            folder.resolve("mosquitto.conf"),
            config.replace("/etc/mosquitto/fleet/", folder + "/"),
            StandardCharsets.UTF_8);
    process =
        new ProcessBuilder("/usr/sbin/mosquitto", "-c", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("mosquitto.log").toFile())
            .start();
    Chromium.await("mosquitto to listen", () -> listens(inside) && listens(pages));
    boxes = new MqttClient("tcp://127.0.0.1:" + inside, "boxes", new MemoryPersistence());
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setUserName("boxes");
    options.setPassword(PASSWORD.getBytes(StandardCharsets.UTF_8));
    options.setConnectionTimeout(60);
    options.setAutomaticReconnect(false);
    boxes.connect(options);
  }

  private static void own(Path folder, String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean listens(int port) {
    try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  String url() {
    return "wss://127.0.0.1:" + pages + "/mqtt";
  }

  /** For who has a certificate. */
  String certifiedUrl() {
    return "mqtts://127.0.0.1:" + certified;
  }

  /** A certificate of its own for each, and the CA. */
  void certify(Path into, Stream<String> names) {
    TestPki.write(into.resolve("ca.pem"), root.certificate());
    names
        .parallel()
        .forEach(
            name -> {
              Entity entity = root.issues(Kind.P256, name).build();
              entity.writeChain(into.resolve(name + ".pem"));
              entity.writeKey(into.resolve(name + ".key"));
            });
  }

  ProcessHandle process() {
    return process.toHandle();
  }

  String log() throws IOException {
    return Files.readString(folder.resolve("mosquitto.log"));
  }

  /** QoS and retention as the topic's. */
  void tell(ToldBox box, String kind, ObjectNode payload) throws MqttException {
    MqttMessage message = new MqttMessage(payload.toString().getBytes(StandardCharsets.UTF_8));
    message.setQos(kind.equals("health") ? 0 : 1);
    message.setRetained(List.of("state", "about", "reported").contains(kind));
    boxes.publish(box.topic(kind), message);
  }

  @Override
  public void close() throws IOException {
    try {
      boxes.disconnectForcibly(0, 1000);
      boxes.close();
    } catch (MqttException _) {
      // the broker ends anyway
    }
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
