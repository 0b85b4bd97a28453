package dev.twinspan.agent.control;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.ConnectionConfig.InstanceConfig;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.datapath.InboundSa;
import dev.twinspan.datapath.OutboundSa;
import dev.twinspan.datapath.Snapshot;
import dev.twinspan.datapath.TunnelPath;
import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.Route;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All tunnels, and the ECMP group of each connection: what the next snapshot is made of. Owned by
 * the control loop.
 *
 * <p>A tunnel keeps its id for the life of the agent, also over reloads, because the datapath
 * counts by it; the id of a tunnel that was configured away stays behind as a path without SAs.
 */
final class TunnelTable {
  private final Map<String, Tunnel> byName = new LinkedHashMap<>();
  private final Map<String, EcmpGroup> groups = new LinkedHashMap<>();
  private final Set<String> configured = new HashSet<>();
  private AgentConfig config;
  private long generation;

  TunnelTable(AgentConfig config) {
    this.config = config;
    configure(config);
  }

  /** Takes up a configuration: new tunnels get ids, connections get their groups. */
  void configure(AgentConfig next) {
    config = next;
    configured.clear();
    for (ConnectionConfig connection : next.connections()) {
      for (InstanceConfig instance : connection.instances()) {
        String name = connection.tunnel(instance);
        configured.add(name);
        byName.computeIfAbsent(name, n -> new Tunnel(byName.size(), n, instance.address()));
      }
    }
    groups.keySet().retainAll(next.connections().stream().map(ConnectionConfig::name).toList());
    select();
  }

  @Nullable Tunnel tunnel(String name) {
    return byName.get(name);
  }

  /** Every tunnel that was ever configured, index = id. */
  Collection<Tunnel> tunnels() {
    return byName.values();
  }

  /** The configured tunnels' names, in the order of the file. */
  List<String> names() {
    return byName.keySet().stream().filter(configured::contains).toList();
  }

  EcmpGroup group(ConnectionConfig connection) {
    return groups.getOrDefault(connection.name(), EcmpGroup.empty(connection.name()));
  }

  /** Brings each connection's group up to date with its usable tunnels. */
  void select() {
    for (ConnectionConfig connection : config.connections()) {
      groups.put(
          connection.name(),
          Selection.next(group(connection), usable(connection), connection.mode()));
    }
  }

  /** Ids of the connection's usable tunnels, in the order of its instances. */
  private List<Integer> usable(ConnectionConfig connection) {
    List<Integer> usable = new ArrayList<>();
    for (InstanceConfig instance : connection.instances()) {
      Tunnel tunnel = byName.get(connection.tunnel(instance));
      if (tunnel != null && tunnel.usable()) {
        usable.add(tunnel.id());
      }
    }
    return usable;
  }

  /** The prefixes that a usable tunnel carries now. */
  Set<Prefix> reachable() {
    Set<Prefix> reachable = new HashSet<>();
    for (ConnectionConfig connection : config.connections()) {
      if (!usable(connection).isEmpty()) {
        reachable.addAll(connection.staticPrefixes());
      }
    }
    return reachable;
  }

  /** All prefixes that belong into tunnels. */
  Set<Prefix> prefixes() {
    Set<Prefix> prefixes = new HashSet<>();
    config.connections().forEach(connection -> prefixes.addAll(connection.staticPrefixes()));
    return prefixes;
  }

  /** All of it as the datapath takes it. */
  Snapshot snapshot() {
    List<InboundSa> inbound = new ArrayList<>();
    List<OutboundSa> standby = new ArrayList<>();
    List<TunnelPath> paths = new ArrayList<>();
    boolean rawEsp = Endpoints.rawEsp(config);
    for (Tunnel tunnel : byName.values()) {
      paths.add(tunnel.path(config.tunnelDevice(), rawEsp));
      for (Tunnel.Pair pair : tunnel.pairs()) {
        inbound.add(pair.inbound);
        if (!tunnel.sendsOn(pair)) {
          standby.add(pair.outbound);
        }
      }
    }
    List<Route> routes = new ArrayList<>();
    for (ConnectionConfig connection : config.connections()) {
      EcmpGroup group = group(connection);
      for (Prefix prefix : connection.staticPrefixes()) {
        routes.add(new Route(prefix.address(), prefix.length(), group));
      }
    }
    return new Snapshot(++generation, inbound, standby, paths, routes);
  }
}
