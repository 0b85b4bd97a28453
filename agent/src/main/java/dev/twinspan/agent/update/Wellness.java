package dev.twinspan.agent.update;

import dev.twinspan.agent.json.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What of a box works.
 *
 * @param tunnel at least one is up
 * @param bgp at least one session is established
 * @param broker reached
 * @param in bytes came out of tunnels in the last minute
 * @param out bytes went into tunnels in the last minute
 */
public record Wellness(boolean tunnel, boolean bgp, boolean broker, boolean in, boolean out) {
  public static final Wellness NOTHING = new Wellness(false, false, false, false, false);

  /** What worked before and does not now, in words; empty: all is as it was. */
  List<String> missing(Wellness now) {
    List<String> missing = new ArrayList<>();
    if (tunnel && !now.tunnel) {
      missing.add("no tunnel is up");
    }
    if (bgp && !now.bgp) {
      missing.add("no BGP session is established");
    }
    if (broker && !now.broker) {
      missing.add("the broker is not reached");
    }
    if (in && !now.in) {
      missing.add("nothing comes out of the tunnels");
    }
    if (out && !now.out) {
      missing.add("nothing goes into the tunnels");
    }
    return missing;
  }

  ObjectNode tree() {
    return Json.object()
        .put("tunnel", tunnel)
        .put("bgp", bgp)
        .put("broker", broker)
        .put("in", in)
        .put("out", out);
  }

  static Wellness of(JsonNode tree) {
    return new Wellness(
        tree.path("tunnel").asBoolean(false),
        tree.path("bgp").asBoolean(false),
        tree.path("broker").asBoolean(false),
        tree.path("in").asBoolean(false),
        tree.path("out").asBoolean(false));
  }
}
