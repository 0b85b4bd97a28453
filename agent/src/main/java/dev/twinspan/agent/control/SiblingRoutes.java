package dev.twinspan.agent.control;

import dev.twinspan.agent.config.Prefix;
import java.net.InetAddress;
import java.util.HashSet;
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

  /** The same, but for prefixes that it is not to be used for; they stay guarded. */
  SiblingRoutes without(Set<Prefix> prefixes) {
    Set<Prefix> rest = new HashSet<>(reachable);
    rest.removeAll(prefixes);
    return new SiblingRoutes(via, metric, rest, guarded);
  }
}
