package dev.twinspan.agent.config;

import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.ike.IkePolicy;
import dev.twinspan.agent.ike.message.IkeId;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One Azure gateway.
 *
 * @param name unique; first half of its tunnels' names
 * @param staticPrefixes what lies behind the gateway; empty with {@link Routing#BGP}
 * @param gateway the gateway as a BGP speaker; of use with {@link Routing#BGP}
 * @param role Azure's connection mode, seen from this box
 * @param auth a pre-shared key, or certificates
 * @param dpdTimeout unanswered liveness checks for so long end the IKE SA, 9 to 3600 s
 * @param trafficSelectors empty: any-any (route-based)
 * @param forceEncapsulation ESP always in UDP 4500
 * @param ikeFragmentSize largest IP packet of an IKE message, bytes; 0: no fragmentation
 * @param preference of several connections with one prefix the highest carries it
 * @param routeMetric of its routes in the kernel
 * @param localId what this box calls itself; null: its public address, else its local one
 */
public record ConnectionConfig(
    String name,
    Mode mode,
    Routing routing,
    List<Prefix> staticPrefixes,
    BgpConfig.Gateway gateway,
    IkePeer.Role role,
    AuthConfig auth,
    IkePolicy policy,
    Duration dpdTimeout,
    List<SelectorPair> trafficSelectors,
    boolean forceEncapsulation,
    int ikeFragmentSize,
    int preference,
    int routeMetric,
    @Nullable IkeId localId,
    List<InstanceConfig> instances) {
  public ConnectionConfig {
    staticPrefixes = List.copyOf(staticPrefixes);
    trafficSelectors = List.copyOf(trafficSelectors);
    instances = List.copyOf(instances);
  }

  public static final int DEFAULT_PREFERENCE = 100;

  /** Better than what DHCP clients and routing daemons use, worse than a hand-made 0. */
  public static final int DEFAULT_METRIC = 50;

  /** How the instances share the traffic. */
  public enum Mode {
    ACTIVE_ACTIVE,
    ACTIVE_STANDBY,
    SINGLE_TUNNEL
  }

  public enum Routing {
    BGP,
    STATIC
  }

  /** A policy-based pair of selectors. */
  public record SelectorPair(Prefix local, Prefix remote) {}

  /**
   * One instance of the gateway: one tunnel.
   *
   * @param name second half of the tunnel's name
   * @param address the instance's public address
   * @param bgpAddress its address inside the tunnel; null: not known
   * @param localBgpAddress what to speak BGP from; null: {@link BgpConfig#routerAddress}
   * @param remoteId the identity demanded of it; by default its address
   * @param localAddress what to speak from; null: {@link AgentConfig.Wan#address}
   * @param probeTarget address inside the tunnel that answers ICMP echo; null: {@code bgpAddress}
   * @param uplink the interface its outer packets are bound to; null: the kernel's routes say
   */
  public record InstanceConfig(
      String name,
      InetAddress address,
      @Nullable InetAddress bgpAddress,
      @Nullable InetAddress localBgpAddress,
      IkeId remoteId,
      @Nullable InetAddress localAddress,
      @Nullable InetAddress probeTarget,
      @Nullable String uplink) {
    /** What probes inside the tunnel are sent to; null: nothing. */
    public @Nullable InetAddress probed() {
      return probeTarget == null ? bgpAddress : probeTarget;
    }
  }

  /** {@code connection/instance}: the name of the tunnel to that instance. */
  public String tunnel(InstanceConfig instance) {
    return name + "/" + instance.name();
  }
}
