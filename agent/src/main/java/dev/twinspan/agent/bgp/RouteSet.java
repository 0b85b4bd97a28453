package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.Nlri;
import java.util.Map;

/**
 * All routes at one moment; immutable, for any thread.
 *
 * @param generation counts up
 * @param routes by prefix; a prefix without a usable path is not there
 */
public record RouteSet(long generation, Map<Nlri, Route> routes) {
  public static final RouteSet EMPTY = new RouteSet(0, Map.of());
}
