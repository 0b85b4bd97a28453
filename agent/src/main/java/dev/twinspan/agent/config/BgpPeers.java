package dev.twinspan.agent.config;

import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.ExportPolicy;
import dev.twinspan.agent.bgp.ImportPolicy;
import dev.twinspan.agent.bgp.Provenance;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.config.ConnectionConfig.InstanceConfig;
import dev.twinspan.agent.config.ConnectionConfig.Routing;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** From the configuration to the BGP core's peers and policies. */
public final class BgpPeers {
  private BgpPeers() {}

  /** One peer per instance of the connections that are routed by BGP, named as its tunnel is. */
  public static List<BgpPeer> of(AgentConfig config) {
    BgpConfig bgp = config.bgp();
    List<BgpPeer> peers = new ArrayList<>();
    if (bgp == null) {
      return peers;
    }
    for (ConnectionConfig connection : config.connections()) {
      for (InstanceConfig instance : connection.instances()) {
        InetAddress remote = instance.bgpAddress();
        InetAddress local =
            instance.localBgpAddress() == null ? bgp.routerAddress() : instance.localBgpAddress();
        if (connection.routing() == Routing.BGP && remote != null && local != null) {
          peers.add(peer(bgp, connection, connection.tunnel(instance), local, remote));
        }
      }
    }
    return List.copyOf(peers);
  }

  private static BgpPeer peer(
      BgpConfig bgp,
      ConnectionConfig connection,
      String name,
      InetAddress local,
      InetAddress remote) {
    boolean ipv6 = isIpv6(local) || bgp.routerAddressIpv6() != null;
    Set<Family> families = EnumSet.noneOf(Family.class);
    if (!isIpv6(local)) {
      families.add(Family.IPV4_UNICAST);
    }
    if (ipv6) {
      families.add(Family.IPV6_UNICAST);
    }
    return new BgpPeer(
        name,
        local,
        remote,
        bgp.asn(),
        connection.gateway().asn(),
        identifier(bgp, local),
        bgp.holdTime(),
        true,
        remote.isLinkLocalAddress() && !bgp.azureSide() ? BgpPeer.Dial.ACTIVE : bgp.dial(),
        families,
        bgp.routerAddressIpv6(),
        bgp.maxPrefixes(),
        bgp.limitAction(),
        connection.gateway().prepend());
  }

  /** The router's IPv4 address; of an IPv6 one what is left of it in 32 bits, never 0. */
  private static int identifier(BgpConfig bgp, InetAddress local) {
    InetAddress router = bgp.routerAddress() == null ? local : bgp.routerAddress();
    ByteBuffer bytes = ByteBuffer.wrap(router.getAddress());
    int folded = 0;
    while (bytes.hasRemaining()) {
      folded = folded * 31 + bytes.getInt();
    }
    return folded == 0 ? 1 : folded;
  }

  /** Not our LAN, and nothing that would lead the tunnels' own packets into a tunnel. */
  public static ImportPolicy imported(AgentConfig config) {
    BgpConfig bgp = config.bgp();
    return new ImportPolicy(
        nlri(config.lan().prefixes()),
        outside(config),
        peers(config),
        bgp != null && bgp.acceptDefault());
  }

  /**
   * What routers on the LAN tell of: nothing that belongs into a tunnel or has come out of one, by
   * whatever way it came back.
   */
  static ImportPolicy importedFromLan(AgentConfig config) {
    Set<Nlri> fixed = new HashSet<>();
    Set<Nlri> remote = new HashSet<>();
    Set<Long> beyond = new HashSet<>(ReservedAsn.AZURE);
    for (ConnectionConfig connection : config.connections()) {
      fixed.addAll(nlri(connection.staticPrefixes()));
      remote.addAll(nlri(connection.gateway().vnetPrefixes()));
      if (connection.routing() == Routing.BGP) {
        beyond.add(connection.gateway().asn());
      }
    }
    return new ImportPolicy(Set.of(), outside(config), peers(config), false, fixed, remote, beyond);
  }

  private static Set<Nlri> outside(AgentConfig config) {
    Set<Nlri> outside = new HashSet<>();
    Stream.concat(
            Stream.ofNullable(config.wan().address()),
            config.connections().stream()
                .flatMap(c -> c.instances().stream())
                .flatMap(i -> Stream.of(i.address(), i.localAddress())))
        .filter(address -> address != null)
        .forEach(address -> outside.add(host(address)));
    return outside;
  }

  private static Set<Nlri> peers(AgentConfig config) {
    Set<Nlri> peers = new HashSet<>();
    for (BgpPeer peer : of(config)) {
      peers.add(host(peer.local()));
      peers.add(host(peer.remote()));
    }
    return peers;
  }

  /**
   * @param learnt from routers on the LAN
   */
  public static ExportPolicy exported(AgentConfig config, Map<Nlri, Provenance> learnt) {
    BgpConfig bgp = config.bgp();
    if (bgp == null) {
      return ExportPolicy.of(List.of(), Set.of(), false, false);
    }
    List<Prefix> vnet =
        config.connections().stream().flatMap(c -> c.gateway().vnetPrefixes().stream()).toList();
    Map<Nlri, Provenance> lan = new HashMap<>(learnt);
    nlri(config.lan().prefixes()).forEach(prefix -> lan.put(prefix, Provenance.OWN));
    return ExportPolicy.of(lan, nlri(vnet), bgp.announceDefault(), bgp.announceVnetPrefixes());
  }

  private static Set<Nlri> nlri(List<Prefix> prefixes) {
    return prefixes.stream().map(Nlri::of).collect(Collectors.toSet());
  }

  private static Nlri host(InetAddress address) {
    return Nlri.of(new Prefix(address, address.getAddress().length * Byte.SIZE));
  }

  private static boolean isIpv6(InetAddress address) {
    return address.getAddress().length == 16;
  }
}
