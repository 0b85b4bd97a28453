package dev.twinspan.agent.control;

import dev.twinspan.agent.config.Prefix;
import dev.twinspan.ffi.linux.KernelRoute;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the site's other box carries.
 *
 * @param via its address on the LAN; null: there is none
 * @param metric of the kernel's routes to it: worse than of those to our tunnels
 * @param reachable by its tunnels now
 * @param guarded these, and what it carried since our own sessions with Azure were up last: must
 *     not leave in the clear
 */
record SiblingRoutes(
    @Nullable InetAddress via, int metric, Set<Prefix> reachable, Set<Prefix> guarded) {
  static final SiblingRoutes NONE = new SiblingRoutes(null, 0, Set.of(), Set.of());

  SiblingRoutes {
    reachable = Set.copyOf(reachable);
    guarded = Set.copyOf(guarded);
  }

  /**
   * The kernel's: for what no tunnel of ours carries, and not standing by behind one. Two agents
   * that crash at the same moment would leave kernels that send each other the LAN's packets, until
   * these have lived long enough. What only the sibling knows is guarded as what we know.
   *
   * @param own what our tunnels carry now
   */
  List<KernelRoute> routes(Set<Prefix> own) {
    List<KernelRoute> routes = new ArrayList<>();
    for (Prefix prefix : guarded) {
      routes.add(KernelRoutes.guard(prefix));
      if (via != null && reachable.contains(prefix) && !own.contains(prefix)) {
        routes.add(KernelRoute.via(KernelRoutes.destination(prefix), via).withMetric(metric));
      }
    }
    return routes;
  }

  /** The same, but for prefixes that it is not to be used for; they stay guarded. */
  SiblingRoutes without(Set<Prefix> prefixes) {
    Set<Prefix> rest = new HashSet<>(reachable);
    rest.removeAll(prefixes);
    return new SiblingRoutes(via, metric, rest, guarded);
  }
}
