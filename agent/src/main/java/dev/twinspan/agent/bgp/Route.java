package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.Nlri;
import java.util.ArrayList;
import java.util.List;

/**
 * A prefix and those who carry it.
 *
 * @param peers names, best first; more than one: equal cost
 * @param why what decided, in words
 * @param from of the best path
 * @param others who would carry it without those before them, best first: a tunnel falls silent
 *     minutes before its session does
 */
public record Route(
    Nlri prefix, List<String> peers, String why, Provenance from, List<List<String>> others) {
  public Route {
    peers = List.copyOf(peers);
    others = List.copyOf(others);
  }

  public Route(Nlri prefix, List<String> peers, String why) {
    this(prefix, peers, why, Provenance.OWN, List.of());
  }

  /** All who may carry it, in the order of preference; those of one list share its flows. */
  public List<List<String>> tiers() {
    if (others.isEmpty()) {
      return List.of(peers);
    }
    List<List<String>> all = new ArrayList<>(others.size() + 1);
    all.add(peers);
    all.addAll(others);
    return all;
  }
}
