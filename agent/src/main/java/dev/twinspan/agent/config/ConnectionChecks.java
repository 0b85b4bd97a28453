package dev.twinspan.agent.config;

import dev.twinspan.agent.config.ConnectionConfig.Mode;
import dev.twinspan.agent.config.ConnectionConfig.Routing;
import dev.twinspan.agent.ike.cert.Names;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.message.IkeId;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What no single value of one connection shows. */
final class ConnectionChecks {
  /** What every IPv4 host takes (RFC 791), and RFC 7383's advice for it. */
  private static final int SMALLEST_FRAGMENT = 576;

  private final ConfigDraft.Connection connection;
  private final ConfigDraft config;
  private final Problems problems;

  private ConnectionChecks(
      ConfigDraft.Connection connection, ConfigDraft config, Problems problems) {
    this.connection = connection;
    this.config = config;
    this.problems = problems;
  }

  static void check(ConfigDraft.Connection connection, ConfigDraft config, Problems problems) {
    ConnectionChecks checks = new ConnectionChecks(connection, config, problems);
    checks.mode();
    checks.routing();
    checks.policy();
    checks.selectors();
    checks.identity();
    checks.certificate();
    checks.fragments();
    checks.instanceNames();
    for (ConfigDraft.Instance instance : connection.instances()) {
      checks.address(instance);
      checks.uplink(instance);
    }
  }

  private void mode() {
    int count = connection.instances().size();
    if (connection.mode() == Mode.SINGLE_TUNNEL && count > 1) {
      problems.error(
          at("instances"),
          "%d instances with mode single-tunnel: set mode active-active, or leave one instance"
              .formatted(count));
    }
    if (connection.mode() != Mode.ACTIVE_STANDBY && count == 1) {
      problems.warning(
          at("instances"),
          "one tunnel only: maintenance or failure of that instance is an outage; with an"
              + " active-active gateway, add its second instance and set mode active-active");
    }
    long addresses =
        connection.instances().stream()
            .map(ConfigDraft.Instance::address)
            .filter(Objects::nonNull)
            .map(Located::value)
            .distinct()
            .count();
    boolean told =
        connection.instances().stream().anyMatch(i -> problems.hasErrorAt(i.path() + ".address"));
    if (count > 1 && addresses == 1 && !told) {
      problems.warning(
          at("instances"),
          "all %d tunnels end on one instance of the gateway and would go down together during its"
                  .formatted(count)
              + " maintenance: give one of them the address of the other instance");
    }
  }

  private void routing() {
    boolean prefixes = !connection.staticPrefixes().isEmpty();
    if (connection.routing() == Routing.BGP) {
      if (prefixes) {
        problems.error(
            at("static-prefixes"),
            "not used with routing bgp: set routing static, or take the prefixes out");
      }
    } else if (!prefixes && !problems.hasErrorAt(at("static-prefixes"))) {
      problems.error(
          at("routing"),
          "static needs static-prefixes: list what lies behind the gateway, e.g. the VNet's address"
              + " space");
    }
  }

  private void policy() {
    if (connection.policy() == null) {
      return;
    }
    for (DhGroup group : Policies.groups(connection.policy())) {
      if (group == DhGroup.MODP768 || group == DhGroup.MODP1024) {
        problems.warning(
            at("policy"),
            ("uses %s (%s), which is too weak by today's measure: set a custom policy on the"
                    + " connection in Azure and policy azure-strong here")
                .formatted(group.azureName(), group));
      }
    }
  }

  private void selectors() {
    if (connection.trafficSelectors().isEmpty()) {
      return;
    }
    for (Located<ConnectionConfig.SelectorPair> pair : connection.trafficSelectors()) {
      if (pair.value().local().isIpv6() != pair.value().remote().isIpv6()) {
        problems.error(pair.path(), "mixes IPv4 and IPv6: expected both prefixes of one family");
      }
    }
    mirrored();
    if (connection.routing() == Routing.BGP) {
      problems.warning(
          at("traffic-selectors"),
          "stands beside routing bgp: what the gateway announces outside of these selectors is"
              + " routed into the tunnel and dropped there; Azure's route-based gateways use"
              + " any-any, leave it out");
    }
    for (Located<Prefix> prefix : connection.staticPrefixes()) {
      boolean covered =
          connection.trafficSelectors().stream()
              .anyMatch(pair -> covers(pair.value().remote(), prefix.value()));
      if (!covered) {
        problems.error(
            prefix.path(),
            "%s is in no traffic-selectors[].remote, so its packets would be dropped: add it there"
                .formatted(prefix.value()));
      }
    }
  }

  /** Azure makes a pair of each of its prefixes with each of ours. */
  private void mirrored() {
    Set<ConnectionConfig.SelectorPair> pairs = new HashSet<>();
    Set<Prefix> local = new HashSet<>();
    Set<Prefix> remote = new HashSet<>();
    for (Located<ConnectionConfig.SelectorPair> pair : connection.trafficSelectors()) {
      pairs.add(pair.value());
      local.add(pair.value().local());
      remote.add(pair.value().remote());
    }
    if (pairs.size() < local.size() * remote.size()) {
      problems.warning(
          at("traffic-selectors"),
          "%d of %d pairs: Azure has one for each local prefix with each remote one, and packets of a"
                  .formatted(pairs.size(), local.size() * remote.size())
              + " pair without CHILD SA are dropped; list every pair");
    }
  }

  private void identity() {
    boolean known =
        connection.localId() != null
            || config.wanAddress() != null
            || config.publicAddress() != null
            || connection.instances().stream().allMatch(i -> i.localAddress() != null);
    if (!known && !problems.hasErrorAt("wan") && !problems.hasErrorAt(at("instances"))) {
      problems.error(
          at("local-id"),
          "what this box calls itself is not known: set wan.public-address to the address in the"
              + " local network gateway (or wan.address, or local-id)");
    }
  }

  /** The peer holds the identity against the certificate, so we do it first. */
  private void certificate() {
    if (!(connection.auth() instanceof AuthConfig.Certificate(_, var own))) {
      return;
    }
    for (ConfigDraft.Instance instance : connection.instances()) {
      IkeId id = localId(instance);
      if (id != null && !Names.certifies(own.chain().getFirst(), id)) {
        problems.error(
            at("local-id"),
            "%s is not in this box's certificate, so the peer would refuse it: set local-id to one of %s"
                .formatted(Names.text(id), String.join("; ", Names.all(own.chain().getFirst()))));
        return;
      }
    }
  }

  /** As {@link IkePeers} chooses it. */
  private @Nullable IkeId localId(ConfigDraft.Instance instance) {
    if (connection.localId() != null) {
      return connection.localId();
    }
    for (Located<InetAddress> own :
        CrossChecks.present(config.publicAddress(), instance.localAddress(), config.wanAddress())) {
      return IkeId.of(own.value());
    }
    return null;
  }

  private void fragments() {
    int size = connection.ikeFragmentSize();
    if (size > 0 && size < SMALLEST_FRAGMENT) {
      problems.error(
          at("ike-fragment-size"),
          "%d is less than any path carries: expected %d to 9000, or 0 for no fragmentation"
              .formatted(size, SMALLEST_FRAGMENT));
    }
  }

  private void instanceNames() {
    Map<String, String> seen = new HashMap<>();
    for (ConfigDraft.Instance instance : connection.instances()) {
      String first = seen.putIfAbsent(instance.name(), instance.path());
      if (first != null && !instance.name().isEmpty()) {
        problems.error(
            instance.path() + ".name",
            "\"%s\" is the name of %s too: names must differ".formatted(instance.name(), first));
      }
    }
  }

  private void address(ConfigDraft.Instance instance) {
    Located<InetAddress> address = instance.address();
    if (address == null) {
      return;
    }
    for (Located<InetAddress> own :
        CrossChecks.present(config.wanAddress(), config.publicAddress(), instance.localAddress())) {
      if (own.value().equals(address.value())) {
        problems.error(
            address.path(),
            "%s is this box's own (%s): expected the public address of the gateway's instance"
                .formatted(Addresses.text(address.value()), own.path()));
      }
    }
    Located<InetAddress> local =
        instance.localAddress() == null ? config.wanAddress() : instance.localAddress();
    if (local != null && isIpv6(local.value()) != isIpv6(address.value())) {
      problems.error(
          address.path(),
          "%s cannot be reached from %s (%s): expected both IPv4 or both IPv6"
              .formatted(
                  Addresses.text(address.value()), Addresses.text(local.value()), local.path()));
    }
    for (ConfigDraft.Connection other : config.connections()) {
      other.staticPrefixes().forEach(prefix -> notInside(address, prefix, "the tunnel itself"));
    }
    config.lan().forEach(prefix -> notInside(address, prefix, "the LAN"));
  }

  private void uplink(ConfigDraft.Instance instance) {
    Located<String> uplink = instance.uplink();
    if (uplink == null) {
      return;
    }
    if (instance.localAddress() == null && !problems.hasErrorAt(instance.path())) {
      problems.error(
          uplink.path(),
          "%s needs local-address beside it: set it to the address of that interface"
              .formatted(uplink.value()));
    }
    if (uplink.value().equals(config.tunnelDevice().name())) {
      problems.error(
          uplink.path(),
          "%s is the tunnel device, where no uplink is: expected the interface towards the ISP"
              .formatted(uplink.value()));
    }
    for (ConfigDraft.Instance other : config.allInstances()) {
      boolean same =
          other.localAddress() != null
              && instance.localAddress() != null
              && other.localAddress().value().equals(instance.localAddress().value());
      if (same && (other.uplink() == null || !other.uplink().value().equals(uplink.value()))) {
        problems.error(
            uplink.path(),
            "%s has the local-address of %s, which has another uplink: one address is on one interface"
                .formatted(uplink.value(), other.path()));
        return;
      }
    }
  }

  private void notInside(Located<InetAddress> address, Located<Prefix> prefix, String whither) {
    if (prefix.value().contains(address.value())) {
      problems.error(
          address.path(),
          "%s lies inside %s (%s), so the tunnel's own packets would be routed into %s: take it out"
                  .formatted(
                      Addresses.text(address.value()), prefix.value(), prefix.path(), whither)
              + " of that prefix");
    }
  }

  private static boolean covers(Prefix outer, Prefix inner) {
    return outer.length() <= inner.length() && outer.overlaps(inner);
  }

  private static boolean isIpv6(InetAddress address) {
    return address.getAddress().length == 16;
  }

  private String at(String key) {
    return connection.path() + "." + key;
  }
}
