package dev.twinspan.agent.config;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What no single value shows: names, addresses and numbers of the whole box against each other. */
final class CrossChecks {
  private static final int IPV6_MIN_MTU = 1280;
  private static final int IPV4_AND_TCP_HEADER = 40;

  private final ConfigDraft config;
  private final Problems problems;

  private CrossChecks(ConfigDraft config, Problems problems) {
    this.config = config;
    this.problems = problems;
  }

  static void check(ConfigDraft config, Problems problems) {
    CrossChecks checks = new CrossChecks(config, problems);
    checks.tunnelDevice();
    checks.connectionNames();
    checks.prefixes();
    checks.peerAddresses();
    BgpChecks.check(config, problems);
    SiteChecks.check(config, problems);
    ListenConfig.check(config, problems);
    for (ConfigDraft.Connection connection : config.connections()) {
      ConnectionChecks.check(connection, config, problems);
    }
    FipsChecks.check(config, problems);
  }

  private void tunnelDevice() {
    AgentConfig.TunnelDevice device = config.tunnelDevice();
    if (device.mss() > device.mtu() - IPV4_AND_TCP_HEADER) {
      problems.error(
          "tunnel-device.mss",
          "%d does not fit an MTU of %d: expected at most %d"
              .formatted(device.mss(), device.mtu(), device.mtu() - IPV4_AND_TCP_HEADER));
    }
    boolean ipv6 = config.lan().stream().anyMatch(prefix -> prefix.value().isIpv6());
    if (ipv6 && device.mtu() < IPV6_MIN_MTU) {
      problems.error(
          "tunnel-device.mtu",
          "%d is too small for the IPv6 prefixes in lan.prefixes: expected at least %d (RFC 8200)"
              .formatted(device.mtu(), IPV6_MIN_MTU));
    }
  }

  private void connectionNames() {
    Map<String, String> seen = new HashMap<>();
    for (ConfigDraft.Connection connection : config.connections()) {
      String first = seen.putIfAbsent(connection.name(), connection.path());
      if (first != null && !connection.name().isEmpty()) {
        problems.error(
            connection.path() + ".name",
            "\"%s\" is the name of %s too: names must differ".formatted(connection.name(), first));
      }
    }
  }

  private void prefixes() {
    Map<Prefix, String> seen = new HashMap<>();
    for (Located<Prefix> lan : config.lan()) {
      onlyOnce(lan, seen, "list it once");
    }
    for (ConfigDraft.Connection connection : config.connections()) {
      // Several connections may have a prefix: their preference says which carries it.
      Map<Prefix, String> own = new HashMap<>(seen);
      for (Located<Prefix> remote : connection.staticPrefixes()) {
        onlyOnce(remote, own, "a prefix lies behind this box or behind its connections");
      }
    }
  }

  private void onlyOnce(Located<Prefix> prefix, Map<Prefix, String> seen, String rule) {
    String first = seen.putIfAbsent(prefix.value(), prefix.path());
    if (first != null) {
      problems.error(prefix.path(), "%s is in %s too: %s".formatted(prefix.value(), first, rule));
    }
  }

  /** Two tunnels with the same ends could not be told apart. */
  private void peerAddresses() {
    record Ends(@Nullable InetAddress local, InetAddress remote) {}
    Map<Ends, ConfigDraft.Instance> seen = new HashMap<>();
    for (ConfigDraft.Instance instance : config.allInstances()) {
      Located<InetAddress> address = instance.address();
      if (address == null) {
        continue;
      }
      InetAddress local = instance.localAddress() == null ? null : instance.localAddress().value();
      ConfigDraft.Instance first = seen.putIfAbsent(new Ends(local, address.value()), instance);
      if (first != null) {
        problems.error(
            address.path(),
            ("%s is the address of %s (%s) too: expected the public address of this instance; each"
                    + " instance of an Azure gateway has its own")
                .formatted(Addresses.text(address.value()), first.path(), first.name()));
      }
    }
  }

  @SafeVarargs
  static <T> List<Located<T>> present(@Nullable Located<T>... values) {
    return Arrays.stream(values).filter(Objects::nonNull).toList();
  }
}
