package dev.twinspan.agent.config;

import dev.twinspan.agent.json.Json;
import java.net.InetAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The link to the fleet's broker.
 *
 * @param host name or address, an IPv6 one without brackets
 * @param port TCP
 * @param certificate this box's own, PEM, its intermediate CAs behind it
 * @param key its private key, PEM
 * @param trust CAs that may vouch for the broker, PEM
 * @param keepAlive of MQTT: after one and a half of it without a word the broker tells that the box
 *     is lost
 * @param healthInterval between reports of health
 * @param stateDirectory where the counter of sessions is kept, events until they are told, what was
 *     done of commands from afar, and captures
 * @param eventsKept at most
 * @param trial how long a configuration from afar may take to be well
 * @param allowReboot whether the whole box may be started anew from afar
 * @param reach on which way the broker is reached
 * @param fips the file's {@code fips}: TLS is that of the FIPS module
 */
public record FleetConfig(
    String host,
    int port,
    Path certificate,
    Path key,
    Path trust,
    Duration keepAlive,
    Duration healthInterval,
    Path stateDirectory,
    int eventsKept,
    Duration trial,
    boolean allowReboot,
    Reach reach,
    boolean fips) {
  private static final String SCHEME = "mqtts://";
  private static final int USUAL_PORT = 8883;
  private static final int LAST_PORT = 65_535;
  public static final Path USUAL_STATE_DIRECTORY = Path.of("/var/lib/twinspan");

  /**
   * Through the tunnels or outside them.
   *
   * @param localAddress spoken from; null: the kernel chooses
   * @param outsideTunnels also where a tunnelled prefix holds the broker's address
   */
  public record Reach(@Nullable InetAddress localAddress, boolean outsideTunnels) {
    /** As the kernel's routes say. */
    public static final Reach BY_ROUTES = new Reach(null, false);
  }

  /** As the file writes it. */
  public String broker() {
    return SCHEME + authority();
  }

  /** Host and port as a URI has them. */
  public String authority() {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }

  ObjectNode tree() {
    ObjectNode tree = Json.object().put("broker", broker());
    tree.set(
        "certificate",
        Json.object()
            .put("file", certificate.toString())
            .put("key-file", key.toString())
            .put("trust-file", trust.toString()));
    if (reach.localAddress() != null) {
      tree.put("local-address", reach.localAddress().getHostAddress());
    }
    return tree.put("outside-tunnels", reach.outsideTunnels())
        .put("keep-alive", keepAlive.toSeconds())
        .put("health-interval", healthInterval.toSeconds())
        .put("state-directory", stateDirectory.toString())
        .put("events-kept", eventsKept)
        .put("trial-seconds", trial.toSeconds())
        .put("allow-reboot", allowReboot);
  }

  /** A broker knows a box by it; the shipped ACL lets no other name write its topics. */
  private static void named(Section config, AuthConfig.Certificate files) {
    String device = config.section("device").text("id", "");
    String subject = files.credentials().chain().getFirst().getSubjectX500Principal().getName();
    if (!("," + subject + ",").contains(",CN=" + device + ",")) {
      config
          .problems()
          .warning(
              "fleet.certificate.file",
              "%s is of %s, and device.id is %s: a broker that knows boxes by CN=%3$s will refuse it"
                  .formatted(files.files().certificate(), subject, device));
    }
  }

  /** Null where there is none, or a problem has been reported, here or by the schema. */
  static @Nullable FleetConfig read(
      Section config, Function<Located<String>, @Nullable Path> resolve) {
    if (!config.has("fleet")) {
      return null;
    }
    Section fleet = config.section("fleet");
    Problems problems = config.problems();
    if (config.section("device").text("site", "").isEmpty()) {
      problems.error("fleet", "device.site is part of its topics: set it");
    }
    AuthConfig.Certificate files = CertificateFiles.read(fleet.section("certificate"), resolve);
    if (files != null) {
      // Read to be judged; the link reads them anew each time it dials.
      files.credentials().destroy();
      named(config, files);
    }
    Located<String> broker = fleet.text("broker");
    Located<InetAddress> local = fleet.address("local-address");
    if (broker == null
        || files == null
        || problems.hasErrorAt(broker.path())
        || (local == null && fleet.has("local-address"))) {
      return null;
    }
    String authority = broker.value().substring(SCHEME.length());
    int colon = authority.lastIndexOf(':');
    boolean ported = colon > authority.lastIndexOf(']');
    int port = ported ? Integer.parseInt(authority.substring(colon + 1)) : USUAL_PORT;
    String host = ported ? authority.substring(0, colon) : authority;
    if (port == 0 || port > LAST_PORT) {
      problems.error(broker.path(), "port %d: expected 1 to %d".formatted(port, LAST_PORT));
      return null;
    }
    Path directory;
    try {
      directory = Path.of(fleet.text("state-directory", USUAL_STATE_DIRECTORY.toString()));
    } catch (InvalidPathException e) {
      problems.error(fleet.at("state-directory"), "is not a path: " + e.getReason());
      return null;
    }
    return new FleetConfig(
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        port,
        files.files().certificate(),
        files.files().key(),
        files.files().trust(),
        Duration.ofSeconds(fleet.number("keep-alive", 30)),
        Duration.ofSeconds(fleet.number("health-interval", 10)),
        directory,
        fleet.number("events-kept", 10_000),
        Duration.ofSeconds(fleet.number("trial-seconds", 120)),
        fleet.flag("allow-reboot", false),
        new Reach(local == null ? null : local.value(), fleet.flag("outside-tunnels", false)),
        config.flag("fips", false));
  }
}
