package dev.twinspan.agent.fleet;

import dev.twinspan.agent.rehearse.netns.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Stock mosquitto on this machine's loopback. */
public final class TestBroker implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/sbin/mosquitto");
  private static final Path DIST = Path.of("src/main/dist/fleet");
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int ATTEMPTS = 5;

  private final Process process;
  private final int port;

  private TestBroker(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  public static boolean installed() {
    return Files.isExecutable(PROGRAM);
  }

  /** Without TLS, everybody may do everything. */
  public static TestBroker plain(Path folder) throws IOException {
    return start(
        folder,
        "listener PORT 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\nuser root\n");
  }

  /**
   * With the shipped configuration and ACL, but for their places.
   *
   * @param folder has ca.pem, broker.pem and broker.key
   */
  public static TestBroker shipped(Path folder) throws IOException {
    Path acl = folder.resolve("acl");
    Files.writeString(acl, Files.readString(DIST.resolve("acl")));
    Files.setPosixFilePermissions(acl, PosixFilePermissions.fromString("rw-------"));
    return start(
        folder,
        // As root it would go over to a user who cannot read the keys.
        Files.readString(DIST.resolve("mosquitto.conf"))
                .replace("/etc/mosquitto/fleet/", folder + "/")
                // Of IPv4 and IPv6.
                .replace("listener 8883", "listener PORT")
                .replace("persistence true", "persistence false")
            + "\nuser root\n");
  }

  /** A port that is free now may be another's a moment later. */
  private static TestBroker start(Path folder, String config) throws IOException {
    Path log = folder.resolve("mosquitto.log");
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port;
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      Path file =
          Files.writeString(
              folder.resolve("mosquitto.conf"), config.replace("PORT", Integer.toString(port)));
      Process process =
          new ProcessBuilder(PROGRAM.toString(), "-c", file.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      TestBroker broker = new TestBroker(process, port);
      if (Await.until(LIMIT, () -> !process.isAlive() || broker.answers()) && process.isAlive()) {
        return broker;
      }
      broker.close();
    }
    throw new IOException("mosquitto does not start: " + Files.readString(log));
  }

  private boolean answers() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException _) {
      return false;
    }
  }

  public int port() {
    return port;
  }

  public long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
