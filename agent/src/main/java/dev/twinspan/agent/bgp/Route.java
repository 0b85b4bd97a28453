package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.Nlri;
import java.util.List;

/**
 * A prefix and those who carry it.
 *
 * @param peers names, best first; more than one: equal cost
 * @param why what decided, in words
 */
public record Route(Nlri prefix, List<String> peers, String why) {
  public Route {
    peers = List.copyOf(peers);
  }
}
