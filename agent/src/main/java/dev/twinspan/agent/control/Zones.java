package dev.twinspan.agent.control;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.ConnectionConfig.Routing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which tunnels may take over each other's flows: those of one connection, of connections that have
 * a static prefix in common, and of all that learn theirs by BGP, where nobody knows what will
 * come.
 */
final class Zones {
  private Zones() {}

  /** Names of zones, and of their tunnels in the order of the file. */
  static Map<String, List<String>> of(AgentConfig config) {
    List<List<ConnectionConfig>> zones = new ArrayList<>();
    for (ConnectionConfig connection : config.connections()) {
      List<ConnectionConfig> joined = new ArrayList<>();
      for (List<ConnectionConfig> zone : List.copyOf(zones)) {
        if (zone.stream().anyMatch(other -> share(connection, other))) {
          joined.addAll(zone);
          zones.remove(zone);
        }
      }
      joined.add(connection);
      zones.add(joined);
    }
    Map<String, List<String>> named = new LinkedHashMap<>();
    for (List<ConnectionConfig> zone : zones) {
      List<String> tunnels = new ArrayList<>();
      zone.forEach(c -> c.instances().forEach(instance -> tunnels.add(c.tunnel(instance))));
      named.put(String.join(" + ", zone.stream().map(ConnectionConfig::name).toList()), tunnels);
    }
    return named;
  }

  private static boolean share(ConnectionConfig a, ConnectionConfig b) {
    return a.routing() == Routing.BGP && b.routing() == Routing.BGP
        || !Collections.disjoint(a.staticPrefixes(), b.staticPrefixes());
  }
}
