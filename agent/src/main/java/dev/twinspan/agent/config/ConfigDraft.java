package dev.twinspan.agent.config;

import dev.twinspan.agent.config.ConnectionConfig.InstanceConfig;
import dev.twinspan.agent.config.ConnectionConfig.Mode;
import dev.twinspan.agent.config.ConnectionConfig.Routing;
import dev.twinspan.agent.config.ConnectionConfig.SelectorPair;
import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.ike.IkePolicy;
import dev.twinspan.agent.ike.message.IkeId;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What could be read of a file, with its places: null where nothing was given or what was given is
 * wrong. It lets {@link CrossChecks} look at what is there although something else is wrong; {@link
 * #complete} is for a draft without errors only.
 */
record ConfigDraft(
    AgentConfig.Device device,
    @Nullable Located<InetAddress> wanAddress,
    @Nullable Located<InetAddress> publicAddress,
    List<Located<Prefix>> lan,
    SiteDraft site,
    BgpDraft bgp,
    AgentConfig.TunnelDevice tunnelDevice,
    AgentConfig.Crypto crypto,
    AgentConfig.Status status,
    @Nullable Located<ListenConfig> metrics,
    @Nullable Located<ListenConfig> page,
    @Nullable FleetConfig fleet,
    AgentConfig.@Nullable SelfDrillConfig selfDrill,
    List<Connection> connections) {

  record Connection(
      String path,
      String name,
      Mode mode,
      Routing routing,
      List<Located<Prefix>> staticPrefixes,
      BgpDraft.Gateway gateway,
      IkePeer.Role role,
      @Nullable AuthConfig auth,
      @Nullable IkePolicy policy,
      Duration dpdTimeout,
      List<Located<SelectorPair>> trafficSelectors,
      boolean forceEncapsulation,
      int ikeFragmentSize,
      int preference,
      int routeMetric,
      @Nullable IkeId localId,
      List<Instance> instances) {

    ConnectionConfig complete() {
      return new ConnectionConfig(
          name,
          mode,
          routing,
          values(staticPrefixes),
          gateway.complete(),
          role,
          Objects.requireNonNull(auth),
          Objects.requireNonNull(policy),
          dpdTimeout,
          values(trafficSelectors),
          forceEncapsulation,
          ikeFragmentSize,
          preference,
          routeMetric,
          localId,
          instances.stream().map(Instance::complete).toList());
    }
  }

  record Instance(
      String path,
      String name,
      @Nullable Located<InetAddress> address,
      @Nullable Located<InetAddress> bgpAddress,
      @Nullable Located<InetAddress> localBgpAddress,
      @Nullable Located<InetAddress> localAddress,
      @Nullable Located<InetAddress> probeTarget,
      @Nullable Located<String> uplink,
      @Nullable IkeId remoteId) {

    InstanceConfig complete() {
      InetAddress remote = Objects.requireNonNull(value(address));
      return new InstanceConfig(
          name,
          remote,
          value(bgpAddress),
          value(localBgpAddress),
          remoteId == null ? IkeId.of(remote) : remoteId,
          value(localAddress),
          value(probeTarget),
          value(uplink));
    }
  }

  List<Instance> allInstances() {
    return connections.stream().flatMap(c -> c.instances().stream()).toList();
  }

  /** Of a draft that comes to nothing. */
  void destroyKeys() {
    for (Connection connection : connections) {
      if (connection.auth() != null) {
        connection.auth().credentials().destroy();
      }
    }
  }

  AgentConfig complete(List<String> warnings) {
    return new AgentConfig(
        device,
        new AgentConfig.Wan(value(wanAddress), value(publicAddress)),
        new AgentConfig.Lan(values(lan)),
        site.complete(),
        bgp.complete(),
        tunnelDevice,
        crypto,
        status,
        value(metrics),
        value(page),
        fleet,
        selfDrill,
        connections.stream().map(Connection::complete).toList(),
        warnings);
  }

  static <T> @Nullable T value(@Nullable Located<T> located) {
    return located == null ? null : located.value();
  }

  static <T> List<T> values(List<Located<T>> located) {
    return located.stream().map(Located::value).toList();
  }
}
