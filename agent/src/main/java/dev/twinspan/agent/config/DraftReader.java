package dev.twinspan.agent.config;

import dev.twinspan.agent.config.ConnectionConfig.Mode;
import dev.twinspan.agent.config.ConnectionConfig.Routing;
import dev.twinspan.agent.config.ConnectionConfig.SelectorPair;
import dev.twinspan.agent.drill.DrillWindow;
import dev.twinspan.agent.ike.Credentials;
import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.ike.Secret;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.datapath.OffloadSwitches;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * From the tree to typed values, and the secrets read.
 *
 * @param file absolute; relative secret files are looked for beside it
 */
record DraftReader(Path file, Problems problems) {
  ConfigDraft read(JsonNode root) {
    Section config = new Section(root, "", problems);
    Section device = config.section("device");
    Section wan = config.section("wan");
    return new ConfigDraft(
        new AgentConfig.Device(device.text("id", ""), device.text("site", "")),
        wan.address("address"),
        wan.address("public-address"),
        config.section("lan").prefixes("prefixes"),
        SiteDraft.read(config),
        BgpDraft.read(config.section("bgp")),
        tunnelDevice(config.section("tunnel-device")),
        crypto(config),
        status(config.section("status")),
        ListenConfig.read(config.section("metrics"), problems),
        ListenConfig.read(config.section("page"), problems),
        FleetConfig.read(config, this::path),
        selfDrill(config),
        config.sections("connections").stream().map(this::connection).toList());
  }

  private AgentConfig.@Nullable SelfDrillConfig selfDrill(Section config) {
    Section drill = config.section("self-drill");
    Located<String> text = drill.text("window");
    if (text == null) {
      return null;
    }
    DrillWindow window = DrillWindow.parse(text.value());
    if (window == null) {
      problems.error(
          text.path(),
          "\"%s\" is no window: expected two local times of day that differ, as 02:00-04:00"
              .formatted(text.value()));
      return null;
    }
    int rest = drill.number("rest", (int) AgentConfig.SelfDrillConfig.REST.toSeconds());
    return new AgentConfig.SelfDrillConfig(window, Duration.ofSeconds(rest));
  }

  private static AgentConfig.Crypto crypto(Section config) {
    Section crypto = config.section("crypto");
    AgentConfig.Crypto otherwise = AgentConfig.Crypto.DEFAULT;
    return new AgentConfig.Crypto(
        crypto.text("esp-backend", otherwise.espBackend()),
        config.flag("fips", otherwise.fips()),
        crypto.flag("esp-fips", otherwise.espFips()));
  }

  private static AgentConfig.TunnelDevice tunnelDevice(Section device) {
    AgentConfig.TunnelDevice otherwise = AgentConfig.TunnelDevice.DEFAULT;
    return new AgentConfig.TunnelDevice(
        device.text("name", otherwise.name()),
        device.number("mtu", otherwise.mtu()),
        device.number("mss", otherwise.mss()),
        device.number("cores", otherwise.cores()),
        device.number("crypto-threads", otherwise.cryptoThreads()),
        device.number("nice", otherwise.nice()),
        device.number("busy-poll", otherwise.busyPollMicros()),
        offloads(device));
  }

  /** One word for all of them, or one for each. */
  private static OffloadSwitches offloads(Section device) {
    boolean all = device.flag("offloads", true);
    Section each = device.section("offloads");
    return new OffloadSwitches(
        each.flag("checksum", all),
        each.flag("tso", all),
        each.flag("uso", all),
        each.flag("coalescing", all),
        each.flag("udp-segment", all),
        each.flag("udp-gro", all));
  }

  private AgentConfig.Status status(Section status) {
    Located<String> socket = status.text("socket");
    Path path = socket == null ? null : path(socket);
    return path == null ? AgentConfig.Status.DEFAULT : new AgentConfig.Status(path);
  }

  private ConfigDraft.Connection connection(Section connection) {
    return new ConfigDraft.Connection(
        connection.path(),
        connection.text("name", ""),
        switch (connection.text("mode", "")) {
          case "active-standby" -> Mode.ACTIVE_STANDBY;
          case "single-tunnel" -> Mode.SINGLE_TUNNEL;
          default -> Mode.ACTIVE_ACTIVE;
        },
        connection.text("routing", "").equals("bgp") ? Routing.BGP : Routing.STATIC,
        connection.prefixes("static-prefixes"),
        BgpDraft.Gateway.read(connection),
        switch (connection.text("connection-mode", "")) {
          case "InitiatorOnly" -> IkePeer.Role.INITIATE_ONLY;
          case "ResponderOnly" -> IkePeer.Role.RESPOND_ONLY;
          default -> IkePeer.Role.INITIATE_AND_RESPOND;
        },
        auth(connection),
        PolicyReader.read(connection),
        Duration.ofSeconds(connection.number("dpd-timeout", 45)),
        selectors(connection),
        connection.flag("force-encapsulation", true),
        connection.number("ike-fragment-size", 1280),
        connection.number("preference", ConnectionConfig.DEFAULT_PREFERENCE),
        connection.number("route-metric", ConnectionConfig.DEFAULT_METRIC),
        identity(connection, "local-id", problems),
        connection.sections("instances").stream()
            .map(instance -> instance(instance, connection))
            .toList());
  }

  private @Nullable AuthConfig auth(Section connection) {
    if (connection.has("psk") == connection.has("certificate")) {
      problems.error(
          connection.has("psk") ? connection.at("psk") : connection.path(),
          connection.has("psk")
              ? "stands beside certificate: expected one of them; leave out the other"
              : "has neither psk nor certificate: set the one that the peer uses");
      return null;
    }
    return connection.has("psk")
        ? psk(connection.section("psk"))
        : CertificateFiles.read(connection.section("certificate"), this::path);
  }

  private @Nullable AuthConfig psk(Section psk) {
    Located<String> file = psk.text("file");
    Path path = file == null ? null : path(file);
    Secret secret =
        file == null || path == null ? null : SecretFile.read(path, file.path(), problems);
    return secret == null || path == null
        ? null
        : new AuthConfig.Psk(path, new Credentials.PreSharedKey(secret));
  }

  /** What is not told of an instance may be told of the whole connection. */
  private ConfigDraft.Instance instance(Section instance, Section connection) {
    Section probing = instance.has("probe-target") ? instance : connection;
    return new ConfigDraft.Instance(
        instance.path(),
        instance.text("name", ""),
        instance.address("address"),
        instance.address("bgp-address"),
        instance.address("local-bgp-address"),
        instance.address("local-address"),
        probing.address("probe-target"),
        instance.text("uplink"),
        identity(instance, "remote-id", problems));
  }

  private static List<Located<SelectorPair>> selectors(Section connection) {
    List<Located<SelectorPair>> pairs = new ArrayList<>();
    for (Section pair : connection.sections("traffic-selectors")) {
      Located<Prefix> local = pair.prefix("local");
      Located<Prefix> remote = pair.prefix("remote");
      if (local != null && remote != null) {
        pairs.add(new Located<>(pair.path(), new SelectorPair(local.value(), remote.value())));
      }
    }
    return pairs;
  }

  private static @Nullable IkeId identity(Section section, String key, Problems problems) {
    Located<String> text = section.text(key);
    if (text == null) {
      return null;
    }
    try {
      return Identities.of(text.value());
    } catch (IllegalArgumentException e) {
      problems.error(text.path(), "is no distinguished name: " + e.getMessage());
      return null;
    }
  }

  private @Nullable Path path(Located<String> text) {
    try {
      return file.resolveSibling(text.value());
    } catch (InvalidPathException e) {
      problems.error(text.path(), "is not a path: " + e.getReason());
      return null;
    }
  }
}
