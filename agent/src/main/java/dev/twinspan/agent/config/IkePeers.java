package dev.twinspan.agent.config;

import dev.twinspan.agent.config.ConnectionConfig.InstanceConfig;
import dev.twinspan.agent.config.ConnectionConfig.SelectorPair;
import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.TrafficSelector;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** From the configuration to what the IKE engine is told. */
public final class IkePeers {
  /** Azure's own DPD timeout. */
  private static final Duration STANDARD_TIMEOUT = Duration.ofSeconds(45);

  /** Later than the selection of tunnels asks an idle peer, or two would ask. */
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(35);

  private static final TrafficSelector ANY_IPV4 = any("0.0.0.0", "255.255.255.255");
  private static final TrafficSelector ANY_IPV6 =
      any("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");

  private IkePeers() {}

  /** One peer per instance, in the order of the file. */
  public static List<IkePeer> of(AgentConfig config) {
    List<IkePeer> peers = new ArrayList<>();
    for (ConnectionConfig connection : config.connections()) {
      for (InstanceConfig instance : connection.instances()) {
        peers.add(peer(config, connection, instance));
      }
    }
    return List.copyOf(peers);
  }

  private static IkePeer peer(
      AgentConfig config, ConnectionConfig connection, InstanceConfig instance) {
    InetAddress local =
        instance.localAddress() == null ? config.wan().address() : instance.localAddress();
    return new IkePeer(
        connection.tunnel(instance),
        local,
        instance.address(),
        localId(config, connection, local),
        instance.remoteId(),
        connection.auth().credentials(),
        connection.role(),
        connection.policy(),
        selectors(config, connection, SelectorPair::local),
        selectors(config, connection, SelectorPair::remote),
        pairs(connection),
        liveness(connection.dpdTimeout()),
        connection.dpdTimeout(),
        connection.forceEncapsulation(),
        connection.ikeFragmentSize());
  }

  private static IkeId localId(
      AgentConfig config, ConnectionConfig connection, @Nullable InetAddress local) {
    if (connection.localId() != null) {
      return connection.localId();
    }
    InetAddress own = config.wan().publicAddress() == null ? local : config.wan().publicAddress();
    if (own == null) {
      throw new IllegalArgumentException(
          "local-id of " + connection.name() + " is not known: set wan.public-address");
    }
    return IkeId.of(own);
  }

  /** Who wants to know early pays for it; else an idle tunnel stays quiet. */
  private static Duration liveness(Duration timeout) {
    return timeout.compareTo(STANDARD_TIMEOUT) < 0 ? timeout.dividedBy(3) : LONGEST_SILENCE;
  }

  /** Azure's route-based tunnels are any-any; IPv6 is asked for only where the LAN has it. */
  private static List<TrafficSelector> selectors(
      AgentConfig config, ConnectionConfig connection, Function<SelectorPair, Prefix> side) {
    if (!connection.trafficSelectors().isEmpty()) {
      return connection.trafficSelectors().stream()
          .map(side)
          .distinct()
          .map(IkePeers::selector)
          .toList();
    }
    boolean ipv6 = config.lan().prefixes().stream().anyMatch(Prefix::isIpv6);
    return ipv6 ? List.of(ANY_IPV4, ANY_IPV6) : List.of(ANY_IPV4);
  }

  private static List<IkePeer.Pair> pairs(ConnectionConfig connection) {
    return connection.trafficSelectors().stream()
        .distinct()
        .map(pair -> new IkePeer.Pair(selector(pair.local()), selector(pair.remote())))
        .toList();
  }

  private static TrafficSelector selector(Prefix prefix) {
    return new TrafficSelector(0, 0, 65_535, prefix.address(), prefix.last());
  }

  private static TrafficSelector any(String first, String last) {
    return new TrafficSelector(
        0, 0, 65_535, InetAddress.ofLiteral(first), InetAddress.ofLiteral(last));
  }
}
