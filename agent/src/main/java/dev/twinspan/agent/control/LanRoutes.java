package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.Provenance;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.config.Prefix;
import java.net.InetAddress;
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

  LanRoutes {
    ways = Map.copyOf(ways);
    passedOn = Map.copyOf(passedOn);
    guarded = Set.copyOf(guarded);
  }
}
