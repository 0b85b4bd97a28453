package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.RouteSet;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.BgpPeers;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.ConnectionConfig.InstanceConfig;
import dev.twinspan.agent.config.ConnectionConfig.Routing;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.status.RouteStatus;
import dev.twinspan.agent.tunnel.Selection;
import dev.twinspan.agent.tunnel.TunnelSet;
import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which prefix goes to which ECMP group, and which tunnels each group has. Owned by the control
 * loop.
 *
 * <pre>
 *   static-prefixes ─────────────▶ all tunnels of the connection
 *   BGP's RouteSet ──────────────▶ the tunnels whose peers announce it at equal cost
 *   address of a BGP peer (/32) ─▶ its own tunnel, whatever else is selected
 * </pre>
 *
 * A group is known by the tunnels it may have and lives on while no prefix points at it, so that a
 * session that returns finds its flows where they were.
 *
 * <p>Prefixes learnt by BGP stay {@link #tunnelled} while no session of their connection is up:
 * their packets must not leave in the clear by a default route.
 */
final class RouteTable {
  /**
   * @param members names of the tunnels it may have
   * @param pinned goes by its one tunnel as long as that has an SA
   */
  private record Members(Set<String> members, boolean pinned) {}

  private static final Members NOBODY = new Members(Set.of(), false);

  /** What the table needs to know of tunnels. */
  interface Tunnels {
    @Nullable Tunnel tunnel(String name);
  }

  private final Tunnels tunnels;
  private final TunnelSet selection;
  private AgentConfig config;
  private final Map<String, Members> members = new LinkedHashMap<>();
  private final Map<String, EcmpGroup> groups = new HashMap<>();

  /** Prefix → name of its group. */
  private final Map<Prefix, String> fixed = new LinkedHashMap<>();

  private Map<Prefix, String> learnt = Map.of();
  private RouteSet learntFrom = RouteSet.EMPTY;

  /** Of what was learnt: thousands come in a few UPDATEs, and are not made anew for each. */
  private Map<Nlri, Prefix> prefixes = Map.of();

  private Map<Prefix, String> texts = new HashMap<>();

  /** By connection. */
  private final Map<String, Set<Prefix>> remembered = new HashMap<>();

  private Set<Prefix> tunnelled = Set.of();
  private Set<Prefix> reachable = Set.of();
  private List<Route> routes = List.of();
  private List<RouteStatus> status = List.of();
  private boolean stale = true;

  /**
   * @param selection says which tunnels may carry flows
   */
  RouteTable(AgentConfig config, Tunnels tunnels, TunnelSet selection) {
    this.config = config;
    this.tunnels = tunnels;
    this.selection = selection;
  }

  void configure(AgentConfig next) {
    config = next;
    members.clear();
    fixed.clear();
    for (ConnectionConfig connection : next.connections()) {
      Set<String> all = new TreeSet<>();
      for (InstanceConfig instance : connection.instances()) {
        String tunnel = connection.tunnel(instance);
        all.add(tunnel);
      }
      members.put(connection.name(), new Members(all, false));
      connection.staticPrefixes().forEach(prefix -> fixed.put(prefix, connection.name()));
    }
    BgpPeers.of(next)
        .forEach(
            peer -> {
              members.put(peer.name(), new Members(Set.of(peer.name()), true));
              int bits = peer.remote().getAddress().length * Byte.SIZE;
              fixed.put(new Prefix(peer.remote(), bits), peer.name());
            });
    remembered
        .keySet()
        .retainAll(
            next.connections().stream()
                .filter(c -> c.routing() == Routing.BGP)
                .map(ConnectionConfig::name)
                .toList());
    learn(learntFrom, name -> false);
    groups.keySet().retainAll(members.keySet());
    stale = true;
  }

  /**
   * Takes BGP's routes.
   *
   * @param up whether a session of the connection of that name is established
   */
  void learn(RouteSet next, Function<String, Boolean> up) {
    learntFrom = next;
    Map<Prefix, String> by = LinkedHashMap.newLinkedHashMap(next.routes().size());
    Map<List<String>, String> names = new HashMap<>();
    Map<Nlri, Prefix> known = HashMap.newHashMap(next.routes().size());
    next.routes()
        .forEach(
            (nlri, route) -> {
              Prefix before = prefixes.get(nlri);
              Prefix prefix = before == null ? nlri.toPrefix() : before;
              known.put(nlri, prefix);
              by.put(prefix, names.computeIfAbsent(route.peers(), this::group));
            });
    prefixes = known;
    learnt = by;
    for (ConnectionConfig connection : config.connections()) {
      if (connection.routing() == Routing.BGP && up.apply(connection.name())) {
        Set<Prefix> now = new HashSet<>();
        by.forEach(
            (prefix, group) -> {
              if (carries(connection, group)) {
                now.add(prefix);
              }
            });
        remembered.put(connection.name(), now);
      }
    }
    stale = true;
  }

  private boolean carries(ConnectionConfig connection, String group) {
    Members of = members.get(group);
    return of != null
        && connection.instances().stream()
            .anyMatch(instance -> of.members().contains(connection.tunnel(instance)));
  }

  private Members members(String group) {
    return members.getOrDefault(group, NOBODY);
  }

  /** The group that has these tunnels, and no others. */
  private String group(List<String> peers) {
    Set<String> wanted = new TreeSet<>(peers);
    for (Map.Entry<String, Members> known : members.entrySet()) {
      if (!known.getValue().pinned() && known.getValue().members().equals(wanted)) {
        return known.getKey();
      }
    }
    // Of a single tunnel it has another name than what is pinned to it.
    String name = wanted.size() == 1 ? "only " + peers.getFirst() : String.join(" + ", wanted);
    members.put(name, new Members(wanted, false));
    return name;
  }

  /** Brings each group up to date with its usable tunnels. */
  void select() {
    members.forEach(
        (name, of) -> {
          EcmpGroup before = groups.getOrDefault(name, EcmpGroup.empty(name));
          EcmpGroup after = Selection.next(before, usable(of), ConnectionConfig.Mode.ACTIVE_ACTIVE);
          if (!after.equals(before) || !groups.containsKey(name)) {
            groups.put(name, after);
            stale = true;
          }
        });
  }

  /** Ids of the tunnels that carry the group's flows now, in the order of the file. */
  private List<Integer> usable(Members of) {
    List<Integer> all = new ArrayList<>();
    for (ConnectionConfig connection : config.connections()) {
      List<String> names =
          connection.instances().stream()
              .map(connection::tunnel)
              .filter(of.members()::contains)
              .toList();
      List<Integer> own = new ArrayList<>();
      for (String name : of.pinned() ? names : selection.usable(names)) {
        Tunnel tunnel = tunnels.tunnel(name);
        if (tunnel != null && tunnel.keyed()) {
          own.add(tunnel.id());
        }
      }
      boolean shared = connection.mode() == ConnectionConfig.Mode.ACTIVE_ACTIVE;
      all.addAll(shared || own.isEmpty() ? own : own.subList(0, 1));
    }
    return all;
  }

  EcmpGroup group(String name) {
    return groups.getOrDefault(name, EcmpGroup.empty(name));
  }

  /** All prefixes that belong into tunnels; the same object while nothing changed. */
  Set<Prefix> tunnelled() {
    refresh();
    return tunnelled;
  }

  /** The prefixes that a usable tunnel carries now; the same object while nothing changed. */
  Set<Prefix> reachable() {
    refresh();
    return reachable;
  }

  /** As the datapath takes them. */
  List<Route> routes() {
    refresh();
    return routes;
  }

  /** As the operator sees them: without what is pinned. */
  List<RouteStatus> status() {
    refresh();
    return status;
  }

  private void refresh() {
    if (!stale) {
      return;
    }
    stale = false;
    Set<Prefix> all = new HashSet<>();
    Set<Prefix> carried = new HashSet<>();
    List<Route> forwarding = new ArrayList<>();
    List<RouteStatus> told = new ArrayList<>();
    Map<Prefix, String> written = new HashMap<>();
    Map<String, List<RouteStatus.Share>> shares = new HashMap<>();
    remembered.values().forEach(all::addAll);
    Map<Prefix, String> both = new LinkedHashMap<>(fixed);
    learnt.forEach(both::putIfAbsent);
    both.forEach(
        (prefix, name) -> {
          EcmpGroup group = group(name);
          all.add(prefix);
          if (group.usable()) {
            carried.add(prefix);
          }
          forwarding.add(new Route(prefix.address(), prefix.length(), group));
          if (!members(name).pinned()) {
            String before = texts.get(prefix);
            String text = before == null ? prefix.toString() : before;
            written.put(prefix, text);
            told.add(
                new RouteStatus(
                    text, name, shares.computeIfAbsent(name, _ -> shares(name, group))));
          }
        });
    tunnelled = all.equals(tunnelled) ? tunnelled : all;
    reachable = carried.equals(reachable) ? reachable : carried;
    routes = forwarding;
    status = told;
    texts = written;
  }

  private List<RouteStatus.Share> shares(String name, EcmpGroup group) {
    List<RouteStatus.Share> shares = new ArrayList<>();
    for (String member : members(name).members()) {
      Tunnel tunnel = tunnels.tunnel(member);
      if (tunnel != null && group.share(tunnel.id()) > 0) {
        shares.add(
            new RouteStatus.Share(member, (double) group.share(tunnel.id()) / EcmpGroup.BUCKETS));
      }
    }
    return shares;
  }
}
