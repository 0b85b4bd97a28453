package dev.twinspan.agent.control;

import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.ffi.linux.IpPrefix;
import dev.twinspan.ffi.linux.KernelRoute;
import dev.twinspan.ffi.linux.RouteType;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Routes of others to prefixes that belong into tunnels, and better than ours: ExpressRoute, say.
 * The tunnels are their warm backup then, which carries nothing, so that nobody would miss it
 * before it is needed. Owned by the control loop.
 */
final class OtherPaths {
  /** Looks, one a second, in which a backup may come up for the first time. */
  private static final int START = 30;

  private record Key(IpPrefix destination, int metric) {}

  /**
   * What became of the backup.
   *
   * @param dead whether it could not take over
   */
  record News(String code, String sentence, boolean dead) {}

  private final Map<Key, KernelRoute> routes = new HashMap<>();
  private final Map<Prefix, Integer> metrics = new HashMap<>();
  private boolean backup;
  private boolean ready;
  private boolean toldDead;
  private int looks;

  /** All there is, ours included. */
  void reset(Collection<KernelRoute> all) {
    routes.clear();
    all.forEach(this::added);
  }

  void added(KernelRoute route) {
    if (isOthers(route)) {
      routes.put(new Key(route.destination(), route.metric()), route);
    }
  }

  void removed(KernelRoute route) {
    if (isOthers(route)) {
      routes.remove(new Key(route.destination(), route.metric()));
    }
  }

  private static boolean isOthers(KernelRoute route) {
    return route.protocol() != KernelRoute.PROTOCOL_TWINSPAN
        && route.table() == KernelRoute.TABLE_MAIN
        && route.type() == RouteType.UNICAST;
  }

  /**
   * What changed since the last call; once a second.
   *
   * @param tunnelled what belongs into tunnels
   * @param reachable what they carry now, each with its metric
   */
  Optional<News> news(Set<Prefix> tunnelled, Map<Prefix, Integer> reachable) {
    looks = Math.min(looks + 1, START);
    metrics.keySet().retainAll(tunnelled);
    metrics.putAll(reachable);
    Set<String> better = new TreeSet<>();
    Set<String> lacking = new TreeSet<>();
    for (KernelRoute route : routes.values()) {
      Prefix prefix = new Prefix(route.destination().address(), route.destination().length());
      int own = metrics.getOrDefault(prefix, ConnectionConfig.DEFAULT_METRIC);
      if (tunnelled.contains(prefix) && Integer.compareUnsigned(route.metric(), own) < 0) {
        better.add(prefix.toString());
        if (!reachable.containsKey(prefix)) {
          lacking.add(prefix.toString());
        }
      }
    }
    return changed(better, lacking, reachable.isEmpty());
  }

  private Optional<News> changed(Set<String> better, Set<String> lacking, boolean nothing) {
    boolean was = backup;
    backup = !better.isEmpty();
    boolean works = backup && lacking.isEmpty();
    if (!backup) {
      ready = false;
      toldDead = false;
      return was
          ? Optional.of(
              new News(
                  "backup-in-use",
                  nothing
                      ? "the other path is gone, and no tunnel is there to take over"
                      : "the other path is gone, and the tunnels carry its traffic",
                  nothing))
          : Optional.empty();
    }
    if (works && !ready) {
      ready = true;
      toldDead = false;
      return Optional.of(
          new News(
              "backup-ready",
              "%s goes by another path of better metric, and the tunnels stand ready behind it"
                  .formatted(text(better)),
              false));
    }
    if (!works && !toldDead && (ready || looks == START)) {
      ready = false;
      toldDead = true;
      return Optional.of(
          new News(
              "backup-dead",
              "%s goes by another path, and no tunnel could take over if that failed"
                  .formatted(text(lacking)),
              true));
    }
    return Optional.empty();
  }

  private static String text(Set<String> prefixes) {
    String first = prefixes.iterator().next();
    return prefixes.size() == 1 ? first : first + " and %d more".formatted(prefixes.size() - 1);
  }
}
