package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.Provenance;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.ffi.linux.KernelRoute;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What routers on the LAN tell of.
 *
 * @param ways to each prefix, the preferred first: the routers' own addresses, whatever next hop
 *     they name
 * @param passedOn where each comes from, for Azure to be told
 * @param guarded these, and what was told of since all sessions with the routers were up last: must
 *     not leave in the clear, by the default route, when it comes out of a tunnel
 */
record LanRoutes(
    Map<Prefix, List<InetAddress>> ways, Map<Nlri, Provenance> passedOn, Set<Prefix> guarded) {
  static final LanRoutes NONE = new LanRoutes(Map.of(), Map.of(), Set.of());

  /** Behind what a DHCP client or the operator has set, and the LAN's own devices with theirs. */
  private static final int METRIC = 30_000;

  LanRoutes {
    ways = Map.copyOf(ways);
    passedOn = Map.copyOf(passedOn);
    guarded = Set.copyOf(guarded);
  }

  /** The kernel's: by the preferred router, the others standing by behind it. */
  List<KernelRoute> routes() {
    List<KernelRoute> routes = new ArrayList<>();
    guarded.forEach(prefix -> routes.add(KernelRoutes.guard(prefix)));
    ways.forEach(
        (prefix, routers) -> {
          for (int i = 0; i < routers.size(); i++) {
            routes.add(
                KernelRoute.via(KernelRoutes.destination(prefix), routers.get(i))
                    .withMetric(METRIC + i));
          }
        });
    return routes;
  }
}
