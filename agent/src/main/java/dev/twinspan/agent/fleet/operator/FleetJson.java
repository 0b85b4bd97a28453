package dev.twinspan.agent.fleet.operator;

import dev.twinspan.agent.fleet.operator.FleetBox.Presence;
import dev.twinspan.agent.json.Json;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The fleet for machines. What is not known is absent. */
public final class FleetJson {
  private FleetJson() {}

  /** {@code fleet ls --json}. */
  public static ObjectNode list(List<FleetBox> boxes) {
    ArrayNode all = Json.array();
    boxes.forEach(box -> all.add(summary(box)));
    ObjectNode counts = Json.object();
    FleetModel.count(boxes).forEach((severity, number) -> counts.put(severity.word(), number));
    ObjectNode tree = Json.object();
    tree.set("boxes", all);
    tree.set("count", counts);
    return tree;
  }

  /** {@code fleet show --json}: what the box has told, as it told it, and what we make of it. */
  public static ObjectNode box(FleetBox box) {
    ObjectNode tree = summary(box);
    tree.put("missedReports", box.missed());
    set(tree, "about", box.about());
    set(tree, "reported", box.reported());
    set(tree, "ota", box.ota());
    ArrayNode events = Json.array();
    box.events().forEach(events::add);
    tree.set("events", events);
    return tree;
  }

  private static ObjectNode summary(FleetBox box) {
    ObjectNode tree =
        Json.object()
            .put("device", box.device())
            .put("site", box.site())
            .put("severity", box.severity().word())
            .put("why", box.why());
    Presence presence = box.presence();
    if (presence != null) {
      tree.put("state", presence.word())
          .put("session", box.session())
          .put("version", box.version());
    }
    put(tree, "since", box.since());
    put(tree, "healthHeard", box.healthHeard());
    if (box.health() != null) {
      tree.put("tunnelsCarrying", box.carrying());
    }
    set(tree, "health", box.health());
    return tree;
  }

  private static void put(ObjectNode tree, String name, @Nullable Instant time) {
    if (time != null) {
      tree.put(name, time.toString());
    }
  }

  private static void set(ObjectNode tree, String name, @Nullable JsonNode value) {
    if (value != null) {
      tree.set(name, value);
    }
  }
}
