package dev.twinspan.agent.control;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.ConnectionConfig.InstanceConfig;
import dev.twinspan.agent.tunnel.TunnelSet;
import dev.twinspan.datapath.InboundSa;
import dev.twinspan.datapath.OutboundSa;
import dev.twinspan.datapath.Snapshot;
import dev.twinspan.datapath.TunnelPath;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All tunnels, and what goes by them: what the next snapshot is made of. Owned by the control loop.
 *
 * <p>A tunnel keeps its id for the life of the agent, also over reloads, because the datapath
 * counts by it; the id of a tunnel that was configured away stays behind as a path without SAs.
 */
final class TunnelTable {
  private final Map<String, Tunnel> byName = new LinkedHashMap<>();

  /** Those that are configured, in the order of the file. */
  private List<String> names = List.of();

  private final RouteTable routes;
  private final TunnelSet selection;
  private AgentConfig config;
  private long generation;

  /**
   * @param selection says which tunnels may carry flows; told of the configuration from here
   */
  TunnelTable(AgentConfig config, TunnelSet selection) {
    this.config = config;
    this.selection = selection;
    this.routes = new RouteTable(config, byName::get, selection);
    configure(config);
  }

  /** Takes up a configuration: new tunnels get ids. */
  void configure(AgentConfig next) {
    config = next;
    List<String> configured = new ArrayList<>();
    for (ConnectionConfig connection : next.connections()) {
      for (InstanceConfig instance : connection.instances()) {
        String name = connection.tunnel(instance);
        configured.add(name);
        byName.computeIfAbsent(name, n -> new Tunnel(byName.size(), n, instance.address()));
      }
    }
    names = List.copyOf(configured);
    selection.configure(Zones.of(next));
    routes.configure(next);
    select();
  }

  /** Whether the site's other box carries what our tunnels cannot. */
  void elsewhere(boolean on) {
    selection.elsewhere(on);
  }

  @Nullable Tunnel tunnel(String name) {
    return byName.get(name);
  }

  /** Of the tunnel of that name; 0: there is none. */
  int id(String name) {
    Tunnel tunnel = byName.get(name);
    return tunnel == null ? 0 : tunnel.id();
  }

  /** Of the tunnel with that id; null: there is none. */
  @Nullable String name(int id) {
    for (Tunnel tunnel : byName.values()) {
      if (tunnel.id() == id) {
        return tunnel.name();
      }
    }
    return null;
  }

  /** Every tunnel that was ever configured, index = id. */
  Collection<Tunnel> tunnels() {
    return byName.values();
  }

  /** The configured tunnels' names, in the order of the file. */
  List<String> names() {
    return names;
  }

  /** The configured tunnels' other ends. */
  Set<InetAddress> outerEnds() {
    return config.connections().stream()
        .flatMap(connection -> connection.instances().stream())
        .map(InstanceConfig::address)
        .collect(Collectors.toSet());
  }

  /** Whether the tunnel of that name has a CHILD SA to send on. */
  boolean carries(String name) {
    Tunnel tunnel = byName.get(name);
    return tunnel != null && tunnel.sending() != null;
  }

  /** What goes where. */
  RouteTable routes() {
    return routes;
  }

  /** Brings the groups up to date with the usable tunnels. */
  void select() {
    routes.select();
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
    return new Snapshot(++generation, inbound, standby, paths, routes.routes());
  }
}
