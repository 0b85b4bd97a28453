package dev.twinspan.agent.control;

import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.ffi.linux.InterfaceAddress;
import dev.twinspan.ffi.linux.IpPrefix;
import dev.twinspan.ffi.linux.KernelException;
import dev.twinspan.ffi.linux.KernelRoute;
import dev.twinspan.ffi.linux.Link;
import dev.twinspan.ffi.linux.RouteEvent;
import dev.twinspan.ffi.linux.RouteType;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's routes into the tunnels. Owned by the control loop.
 *
 * <p>Each tunnelled prefix has an {@code unreachable} route of the worst metric for as long as the
 * agent runs, so that its traffic never leaves in the clear by a default route, and a route to the
 * TUN while a tunnel can carry it. A backup path of the operator's (any metric between) takes over
 * in the meantime. What this box itself sends there leaves from an address of its LAN ({@link
 * TunnelSource}). All of them carry our protocol number: what a crash left behind is found by it
 * and taken away, and what somebody else removes is put back.
 */
final class KernelRoutes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KernelRoutes.class);

  /** Where the configuration says nothing else. */
  static final int TUNNEL_METRIC = ConnectionConfig.DEFAULT_METRIC;

  static final int UNREACHABLE_METRIC = 0x7fff_ffff;

  /** What tells two of our routes apart. */
  private record Key(IpPrefix destination, int metric) {}

  private final RouteKernel kernel;
  private final int tun;
  private final Map<Key, KernelRoute> wanted = new HashMap<>();
  private final Map<Key, KernelRoute> installed = new HashMap<>();
  private final OtherPaths others = new OtherPaths();
  private Set<InetAddress> outerEnds = Set.of();
  private Set<InetAddress> outside = Set.of();
  private TunnelSource source = TunnelSource.NONE;

  /** Of those the ones that a route into a tunnel would catch now. */
  private Set<InetAddress> pinned = Set.of();

  private Set<Prefix> tunnelled = Set.of();
  private Map<Prefix, Integer> reachable = Map.of();

  /** What {@link #wanted} is made of has changed since. */
  private boolean stale = true;

  /** What the kernel would not take, as long as it is wanted. */
  private final Map<Key, String> refused = new LinkedHashMap<>();

  private int refusalsTold;
  private SiblingRoutes sibling = SiblingRoutes.NONE;
  private LanRoutes lan = LanRoutes.NONE;

  /**
   * @param tun the TUN's interface index
   */
  KernelRoutes(RouteKernel kernel, int tun) {
    this.kernel = kernel;
    this.tun = tun;
    readInstalled();
    others.reset(kernel.routes(KernelRoute.TABLE_MAIN, 0));
  }

  /**
   * @param tun the TUN's interface index
   */
  static KernelRoutes open(int tun) {
    return new KernelRoutes(RouteKernel.open(), tun);
  }

  /**
   * Makes the kernel's routes of ours exactly these; the same objects again cost nothing.
   *
   * @param reachable those that a tunnel carries now, each with its metric
   */
  void reconcile(Set<Prefix> tunnelled, Map<Prefix, Integer> reachable) {
    stale |= tunnelled != this.tunnelled || reachable != this.reachable;
    if (!stale && refused.isEmpty()) {
      return;
    }
    this.tunnelled = tunnelled;
    this.reachable = reachable;
    stale = false;
    plan();
    apply();
  }

  private void plan() {
    List<InterfaceAddress> there = reachable.isEmpty() ? List.of() : kernel.addresses();
    InetAddress ipv4 = source.choose(there, false);
    InetAddress ipv6 = source.choose(there, true);
    wanted.clear();
    for (Prefix prefix : tunnelled) {
      want(guard(prefix));
      Integer metric = reachable.get(prefix);
      if (metric != null) {
        want(
            KernelRoute.to(destination(prefix), tun)
                .withMetric(metric)
                .withSource(prefix.isIpv6() ? ipv6 : ipv4));
      }
    }
    sibling.routes(reachable.keySet()).forEach(this::want);
    lan.routes().forEach(this::want);
    pinned = caught();
    pinOuterWays();
  }

  /** What the site's other box carries; counts from the next {@link #reconcile} on. */
  void sibling(SiblingRoutes next) {
    if (next != sibling) {
      sibling = next;
      stale = true;
    }
  }

  /** What routers on the LAN tell of; counts from the next {@link #reconcile} on. */
  void lan(LanRoutes next) {
    if (next != lan) {
      lan = next;
      stale = true;
    }
  }

  /**
   * Counts from the next {@link #reconcile} on.
   *
   * @param ends the tunnels' outer ones, which a default route into a tunnel must not catch
   * @param from what this box itself speaks from into the tunnels
   */
  void configure(Set<InetAddress> ends, TunnelSource from) {
    outerEnds = Set.copyOf(ends);
    source = from;
    stale = true;
  }

  /** Others that are reached past the tunnels; counts from the next {@link #reconcile} on. */
  void outside(Set<InetAddress> addresses) {
    outside = Set.copyOf(addresses);
    stale = true;
  }

  private boolean drawsAll() {
    return reachable.keySet().stream().anyMatch(p -> p.length() == 0);
  }

  private void pinOuterWays() {
    if (!pinned.isEmpty()) {
      OuterWays.pins(kernel.routes(KernelRoute.TABLE_MAIN, 0), pinned).forEach(this::want);
    }
  }

  /** Also while no tunnel carries the prefix, which leads nowhere then. */
  private Set<InetAddress> caught() {
    Set<InetAddress> caught = new HashSet<>(drawsAll() ? outerEnds : Set.of());
    for (InetAddress address : outside) {
      boolean ipv6 = address instanceof Inet6Address;
      if (tunnelled.stream().anyMatch(p -> p.isIpv6() == ipv6 && p.contains(address))) {
        caught.add(address);
      }
    }
    return caught;
  }

  /**
   * Puts back what somebody else removed, and the TUN up that somebody put down, with which the
   * kernel drops its IPv4 routes without a word, as it does with those that have an address as
   * their source that is taken away. Returns how many routes that were.
   */
  int repair() {
    boolean touched = false;
    for (RouteEvent event : kernel.poll()) {
      watchOthers(event);
      touched |=
          switch (event) {
            case RouteEvent.RouteRemoved(var route) ->
                wanted.containsKey(key(route)) || !pinned.isEmpty() && foreign(route);
            case RouteEvent.RouteAdded(var route) -> !pinned.isEmpty() && foreign(route);
            case RouteEvent.LinkChanged(var link) -> link.index() == tun && up(link);
            case RouteEvent.AddressAdded(var own) -> source.takes(own.address());
            case RouteEvent.AddressRemoved(var own) -> source.takes(own.address());
            case RouteEvent.Overrun() -> true;
            default -> false;
          };
    }
    if (!touched) {
      return 0;
    }
    readInstalled();
    plan();
    return apply();
  }

  /** With a link that goes down the kernel drops IPv4 routes without a word. */
  private void watchOthers(RouteEvent event) {
    switch (event) {
      case RouteEvent.RouteAdded(var route) -> others.added(route);
      case RouteEvent.RouteRemoved(var route) -> others.removed(route);
      case RouteEvent.LinkChanged _, RouteEvent.Overrun _ ->
          others.reset(kernel.routes(KernelRoute.TABLE_MAIN, 0));
      default -> {
        // Addresses and rules are no routes.
      }
    }
  }

  /** What became of the tunnels as the warm backup of another path; once a second. */
  Optional<OtherPaths.News> backup() {
    return others.news(tunnelled, reachable);
  }

  private static boolean foreign(KernelRoute route) {
    return route.protocol() != KernelRoute.PROTOCOL_TWINSPAN
        && route.table() == KernelRoute.TABLE_MAIN;
  }

  /** Returns whether it was down. */
  private boolean up(Link link) {
    if (link.isUp()) {
      return false;
    }
    kernel.setLinkUp(tun);
    return true;
  }

  /** Takes all of ours away. */
  void removeAll() {
    wanted.clear();
    apply();
  }

  /** A sentence when the kernel has refused more of our routes than at the last call. */
  Optional<String> news() {
    int told = refusalsTold;
    refusalsTold = refused.size();
    return refused.size() <= told
        ? Optional.empty()
        : Optional.of(
            "the kernel refused %d of %d routes, whose traffic does not reach the tunnels; the last: %s"
                .formatted(refused.size(), wanted.size(), List.copyOf(refused.values()).getLast()));
  }

  /**
   * A sentence when this machine does not forward for its LAN.
   *
   * @param ipv6 whether the LAN has IPv6
   */
  Optional<String> forwardingAdvice(boolean ipv6) {
    List<String> off = new ArrayList<>();
    try {
      if (kernel.forwarding(false).equals("0")) {
        off.add("net.ipv4.ip_forward");
      }
      if (ipv6 && kernel.forwarding(true).equals("0")) {
        off.add("net.ipv6.conf.all.forwarding");
      }
    } catch (IOException e) {
      return Optional.of(
          "cannot tell whether this machine forwards for its LAN: " + e.getMessage());
    }
    return off.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s is 0, expected 1: hosts of the LAN cannot use the tunnels; set it with sysctl -w %s=1"
                .formatted(String.join(" and ", off), String.join("=1 ", off)));
  }

  @Override
  public void close() {
    kernel.close();
  }

  static IpPrefix destination(Prefix prefix) {
    return new IpPrefix(prefix.address(), prefix.length());
  }

  /** So that its traffic never leaves by a default route. */
  static KernelRoute guard(Prefix prefix) {
    return KernelRoute.unreachable(destination(prefix)).withMetric(UNREACHABLE_METRIC);
  }

  private void want(KernelRoute route) {
    wanted.put(key(route), route);
  }

  private void readInstalled() {
    installed.clear();
    kernel
        .routes(KernelRoute.TABLE_MAIN, KernelRoute.PROTOCOL_TWINSPAN)
        .forEach(route -> installed.put(key(route), route));
  }

  /**
   * Adds before it removes: no gap. A route that the kernel refuses is tried again the next time,
   * and keeps none of the others from being there. Returns the number of routes that were not
   * there.
   */
  private int apply() {
    refused.keySet().retainAll(wanted.keySet());
    List<KernelRoute> missing =
        wanted.entrySet().stream()
            .filter(want -> !serves(installed.get(want.getKey()), want.getValue()))
            .map(Map.Entry::getValue)
            .toList();
    Map<KernelRoute, KernelException> not = put(missing);
    int added = 0;
    for (KernelRoute route : missing) {
      KernelException why = not.get(route);
      if (why == null) {
        added += installed.put(key(route), wanted.get(key(route))) == null ? 1 : 0;
        refused.remove(key(route));
      } else {
        refused.put(key(route), String.valueOf(why.getMessage()));
      }
    }
    List<KernelRoute> gone =
        installed.entrySet().stream()
            .filter(there -> !wanted.containsKey(there.getKey()))
            .map(Map.Entry::getValue)
            .toList();
    Map<KernelRoute, KernelException> left = kernel.removeRoutes(gone);
    left.values().forEach(e -> LOG.warn("a route stays behind: {}", e.getMessage()));
    gone.stream().filter(route -> !left.containsKey(route)).forEach(r -> installed.remove(key(r)));
    return added;
  }

  /**
   * An address that is about to come or to go is no source: better none than no route.
   *
   * @return of each that is refused what the kernel said
   */
  private Map<KernelRoute, KernelException> put(List<KernelRoute> routes) {
    Map<KernelRoute, KernelException> refusals = new HashMap<>(kernel.replaceRoutes(routes));
    for (KernelRoute route : routes) {
      if (route.source() != null && refusals.containsKey(route)) {
        KernelRoute any = route.withSource(null);
        KernelException why = kernel.replaceRoutes(List.of(any)).get(any);
        if (why == null) {
          refusals.remove(route);
          wanted.put(key(any), any);
        }
      }
    }
    return refusals;
  }

  private static boolean serves(@Nullable KernelRoute there, KernelRoute want) {
    return there != null
        && there.type() == want.type()
        && (want.type() != RouteType.UNICAST
            || (want.interfaceIndex() == 0 || there.interfaceIndex() == want.interfaceIndex())
                && Objects.equals(there.gateway(), want.gateway())
                && Objects.equals(there.source(), want.source()));
  }

  private static Key key(KernelRoute route) {
    return new Key(route.destination(), route.metric());
  }
}
