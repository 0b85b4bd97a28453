package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.Provenance;
import dev.twinspan.agent.bgp.RouteSet;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.BgpPeers;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.ConnectionConfig.Routing;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.status.RouteStatus;
import dev.twinspan.agent.tunnel.Selection;
import dev.twinspan.agent.tunnel.TunnelSet;
import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.Route;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
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
 * <p>A prefix may have several ways: connections of different preference, or paths of BGP that are
 * not equal. The first that works carries it, also while the session that a better one came from
 * has not yet noticed that its tunnel is silent.
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

  /**
   * One way to a prefix.
   *
   * @param group its name
   * @param preference of its connection
   * @param metric of the kernel's route while this way carries the prefix
   */
  private record Way(String group, int preference, int metric) {}

  /** Fixed before learnt where they are equal. */
  private static final Comparator<Way> PREFERRED =
      Comparator.comparingInt(way -> -way.preference());

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

  /** How good the best tunnel of each group is: {@link TunnelSet#standing}. */
  private Map<String, Integer> standing = Map.of();

  /** Prefix → its ways, the preferred first. */
  private final Map<Prefix, List<Way>> fixed = new LinkedHashMap<>();

  private Map<Prefix, List<Way>> learnt = Map.of();
  private RouteSet learntFrom = RouteSet.EMPTY;

  /** Of what was learnt: thousands come in a few UPDATEs, and are not made anew for each. */
  private Map<Nlri, Prefix> prefixes = Map.of();

  private Map<Prefix, String> texts = new HashMap<>();

  /** Where what was learnt comes from. */
  private Map<Prefix, Provenance> origins = Map.of();

  /** What routers on the LAN tell of. */
  private Set<Prefix> onLan = Set.of();

  /** By connection. */
  private final Map<String, Set<Prefix>> remembered = new HashMap<>();

  private Set<Prefix> tunnelled = Set.of();
  private Map<Prefix, Integer> reachable = Map.of();
  private Map<Prefix, Provenance> carried = Map.of();
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
    Map<Prefix, List<ConnectionConfig>> having = new LinkedHashMap<>();
    for (ConnectionConfig connection : next.connections()) {
      members.put(connection.name(), new Members(new TreeSet<>(tunnels(connection)), false));
      connection
          .staticPrefixes()
          .forEach(p -> having.computeIfAbsent(p, _ -> new ArrayList<>()).add(connection));
    }
    having.forEach((prefix, connections) -> fixed.put(prefix, fixedWays(connections)));
    BgpPeers.of(next)
        .forEach(
            peer -> {
              members.put(peer.name(), new Members(Set.of(peer.name()), true));
              int bits = peer.remote().getAddress().length * Byte.SIZE;
              fixed.put(
                  new Prefix(peer.remote(), bits),
                  List.of(new Way(peer.name(), 0, metric(List.of(peer.name())))));
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
   * @param told whether a session of the connection of that name has had the time to tell all its
   *     routes: then what no session announces is no longer behind the gateway. Until then what was
   *     known is kept in mind, or it would leave in the clear when one session ends before another
   *     that has just begun has said anything.
   */
  void learn(RouteSet next, Predicate<String> told) {
    learntFrom = next;
    Map<Prefix, List<Way>> by = LinkedHashMap.newLinkedHashMap(next.routes().size());
    Map<List<List<String>>, List<Way>> ways = new HashMap<>();
    Map<Prefix, Provenance> from = HashMap.newHashMap(next.routes().size());
    Map<Nlri, Prefix> known = HashMap.newHashMap(next.routes().size());
    next.routes()
        .forEach(
            (nlri, route) -> {
              Prefix before = prefixes.get(nlri);
              Prefix prefix = before == null ? nlri.toPrefix() : before;
              known.put(nlri, prefix);
              from.put(prefix, route.from());
              by.put(prefix, ways.computeIfAbsent(route.tiers(), this::learntWays));
            });
    prefixes = known;
    origins = from;
    learnt = by;
    for (ConnectionConfig connection : config.connections()) {
      if (connection.routing() == Routing.BGP) {
        Set<Prefix> now = new HashSet<>();
        by.forEach(
            (prefix, several) -> {
              if (several.stream().anyMatch(way -> carries(connection, way.group()))) {
                now.add(prefix);
              }
            });
        if (!told.test(connection.name())) {
          now.addAll(remembered.getOrDefault(connection.name(), Set.of()));
        }
        remembered.put(connection.name(), now);
      }
    }
    stale = true;
  }

  /**
   * What routers on the LAN tell of is there, and not behind a tunnel, whatever a gateway says that
   * may have it from another box of this site.
   */
  void onLan(Set<Prefix> prefixes) {
    onLan = prefixes;
    stale = true;
  }

  private static List<String> tunnels(ConnectionConfig connection) {
    return connection.instances().stream().map(connection::tunnel).toList();
  }

  /** One way for each preference; the tunnels of equal ones share the flows. */
  private List<Way> fixedWays(List<ConnectionConfig> having) {
    SortedMap<Integer, List<String>> by = new TreeMap<>(Comparator.reverseOrder());
    for (ConnectionConfig connection : having) {
      by.computeIfAbsent(connection.preference(), _ -> new ArrayList<>())
          .addAll(tunnels(connection));
    }
    List<Way> ways = new ArrayList<>();
    by.forEach((preference, names) -> ways.add(new Way(group(names), preference, metric(names))));
    return List.copyOf(ways);
  }

  /** A connection's preference comes before all that BGP compares, as a LOCAL_PREF of ours does. */
  private List<Way> learntWays(List<List<String>> tiers) {
    SortedMap<Integer, List<List<String>>> by = new TreeMap<>(Comparator.reverseOrder());
    for (List<String> tier : tiers) {
      Map<Integer, List<String>> split = new LinkedHashMap<>();
      tier.forEach(
          name -> split.computeIfAbsent(preference(name), _ -> new ArrayList<>()).add(name));
      split.forEach((p, names) -> by.computeIfAbsent(p, _ -> new ArrayList<>()).add(names));
    }
    List<Way> ways = new ArrayList<>();
    by.forEach(
        (preference, several) ->
            several.forEach(names -> ways.add(new Way(group(names), preference, metric(names)))));
    return List.copyOf(ways);
  }

  private int preference(String tunnel) {
    return connections(List.of(tunnel)).mapToInt(ConnectionConfig::preference).max().orElse(0);
  }

  private int metric(List<String> names) {
    return connections(names)
        .mapToInt(ConnectionConfig::routeMetric)
        .min()
        .orElse(ConnectionConfig.DEFAULT_METRIC);
  }

  private Stream<ConnectionConfig> connections(List<String> names) {
    return config.connections().stream()
        .filter(connection -> tunnels(connection).stream().anyMatch(names::contains));
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
    Map<String, Integer> now = new HashMap<>();
    members.forEach(
        (name, of) -> {
          EcmpGroup before = groups.getOrDefault(name, EcmpGroup.empty(name));
          EcmpGroup after =
              Selection.next(before, usable(of), shunned(of), ConnectionConfig.Mode.ACTIVE_ACTIVE);
          if (!after.equals(before) || !groups.containsKey(name)) {
            groups.put(name, after);
            stale = true;
          }
          now.put(name, after.usable() ? selection.standing(of.members()) : TunnelSet.NONE);
        });
    if (!now.equals(standing)) {
      standing = now;
      stale = true;
    }
  }

  /** The first of those that are in the best order. */
  private Way choose(List<Way> ways) {
    Way best = ways.getFirst();
    for (Way way : ways) {
      best = standing(way) > standing(best) ? way : best;
    }
    return best;
  }

  private int standing(Way way) {
    return standing.getOrDefault(way.group(), TunnelSet.NONE);
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

  /** Ids of those that are to get no new flows. */
  private Set<Integer> shunned(Members of) {
    Set<Integer> ids = new HashSet<>();
    for (String name : of.members()) {
      Tunnel tunnel = tunnels.tunnel(name);
      if (tunnel != null && selection.isShunned(name)) {
        ids.add(tunnel.id());
      }
    }
    return ids;
  }

  EcmpGroup group(String name) {
    return groups.getOrDefault(name, EcmpGroup.empty(name));
  }

  /** All prefixes that belong into tunnels; the same object while nothing changed. */
  Set<Prefix> tunnelled() {
    refresh();
    return tunnelled;
  }

  /**
   * The prefixes that a usable tunnel carries now, each with the metric of its kernel route; the
   * same object while nothing changed.
   */
  Map<Prefix, Integer> reachable() {
    refresh();
    return reachable;
  }

  /**
   * The prefixes that a usable tunnel carries now and where they come from, without what is pinned
   * to one; the same object while nothing changed.
   */
  Map<Prefix, Provenance> carried() {
    refresh();
    return carried;
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
    Map<Prefix, Integer> usable = new HashMap<>();
    Map<Prefix, Provenance> shared = new HashMap<>();
    List<Route> forwarding = new ArrayList<>();
    List<RouteStatus> told = new ArrayList<>();
    Map<Prefix, String> written = new HashMap<>();
    Map<String, List<RouteStatus.Share>> shares = new HashMap<>();
    remembered.values().forEach(all::addAll);
    Map<Prefix, List<Way>> both = new LinkedHashMap<>(fixed);
    learnt.forEach(
        (prefix, ways) -> {
          if (!onLan.contains(prefix)) {
            both.merge(prefix, ways, RouteTable::merged);
          }
        });
    both.forEach(
        (prefix, ways) -> {
          Way way = choose(ways);
          String name = way.group();
          EcmpGroup group = group(name);
          all.add(prefix);
          if (group.usable()) {
            usable.put(prefix, way.metric());
          }
          forwarding.add(new Route(prefix.address(), prefix.length(), group));
          if (!members(name).pinned()) {
            if (standing(way) > TunnelSet.DOUBTFUL) {
              shared.put(prefix, origins.getOrDefault(prefix, Provenance.OWN));
            }
            String before = texts.get(prefix);
            String text = before == null ? prefix.toString() : before;
            written.put(prefix, text);
            told.add(
                new RouteStatus(
                    text, name, shares.computeIfAbsent(name, _ -> shares(name, group))));
          }
        });
    tunnelled = all.equals(tunnelled) ? tunnelled : all;
    reachable = usable.equals(reachable) ? reachable : usable;
    carried = shared.equals(carried) ? carried : shared;
    routes = forwarding;
    status = told;
    texts = written;
  }

  private static List<Way> merged(List<Way> fixed, List<Way> learnt) {
    return Stream.concat(fixed.stream(), learnt.stream()).sorted(PREFERRED).toList();
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
