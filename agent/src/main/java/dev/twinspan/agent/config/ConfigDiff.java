package dev.twinspan.agent.config;

import dev.twinspan.agent.ike.IkePeer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What a reload means: which tunnels come, go, start anew or stay, and what takes effect only when
 * the agent starts.
 *
 * @param added names of tunnels that are new
 * @param removed names of tunnels that are gone
 * @param restarted names of tunnels whose settings changed
 * @param untouched names of tunnels that stay as they are
 * @param routesChanged whether prefixes, modes or the LAN changed
 * @param needRestart settings that changed but are fixed while the agent runs
 */
public record ConfigDiff(
    List<String> added,
    List<String> removed,
    List<String> restarted,
    List<String> untouched,
    boolean routesChanged,
    List<String> needRestart) {

  public static ConfigDiff between(AgentConfig before, AgentConfig after) {
    Map<String, IkePeer> old = byName(before);
    Map<String, IkePeer> next = byName(after);
    List<String> added = new ArrayList<>();
    List<String> restarted = new ArrayList<>();
    List<String> untouched = new ArrayList<>();
    for (IkePeer peer : IkePeers.of(after)) {
      IkePeer was = old.get(peer.name());
      (was == null ? added : was.equals(peer) ? untouched : restarted).add(peer.name());
    }
    List<String> removed =
        IkePeers.of(before).stream().map(IkePeer::name).filter(n -> !next.containsKey(n)).toList();
    return new ConfigDiff(
        added, removed, restarted, untouched, routes(before, after), needRestart(before, after));
  }

  public boolean isEmpty() {
    return added.isEmpty() && removed.isEmpty() && restarted.isEmpty() && !routesChanged;
  }

  /** In one sentence, for the log and the answer to {@code reload}. */
  public String sentence() {
    List<String> parts =
        Stream.of(
                part("added", added),
                part("removed", removed),
                part("restarted", restarted),
                routesChanged ? "routes changed" : "",
                untouched.isEmpty() ? "" : untouched.size() + " left alone",
                part("only after a restart of the agent", needRestart))
            .filter(text -> !text.isEmpty())
            .toList();
    return "reloaded: " + (parts.isEmpty() ? "nothing changed" : String.join("; ", parts));
  }

  private static String part(String what, List<String> names) {
    return names.isEmpty() ? "" : what + " " + String.join(", ", names);
  }

  private static Map<String, IkePeer> byName(AgentConfig config) {
    Map<String, IkePeer> peers = new HashMap<>();
    IkePeers.of(config).forEach(peer -> peers.put(peer.name(), peer));
    return peers;
  }

  private static boolean routes(AgentConfig before, AgentConfig after) {
    return !routing(before).equals(routing(after))
        || !before.lan().equals(after.lan())
        || !before.site().equals(after.site())
        || !Objects.equals(before.bgp(), after.bgp())
        || !BgpPeers.of(before).equals(BgpPeers.of(after));
  }

  private static List<?> routing(AgentConfig config) {
    return config.connections().stream()
        .map(
            c ->
                List.of(
                    c.name(),
                    c.mode(),
                    c.routing(),
                    c.staticPrefixes(),
                    c.gateway(),
                    c.preference(),
                    c.routeMetric()))
        .toList();
  }

  private static List<String> needRestart(AgentConfig before, AgentConfig after) {
    List<String> changed = new ArrayList<>();
    fixed(changed, "device", before.device(), after.device());
    fixed(changed, "wan", before.wan(), after.wan());
    fixed(changed, "tunnel-device", before.tunnelDevice(), after.tunnelDevice());
    fixed(changed, "crypto", before.crypto(), after.crypto());
    fixed(changed, "status", before.status(), after.status());
    return List.copyOf(changed);
  }

  private static void fixed(List<String> changed, String key, Object before, Object after) {
    if (!before.equals(after)) {
      changed.add(key);
    }
  }
}
