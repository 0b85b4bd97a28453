package dev.twinspan.agent.status;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.json.Json.Malformed;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@link FleetStatus} to and from JSON. */
final class FleetStatusJson {
  private FleetStatusJson() {}

  static ObjectNode tree(FleetStatus fleet) {
    ObjectNode tree =
        Json.object()
            .put("broker", fleet.broker())
            .put("state", StatusWriter.word(fleet.state()))
            .put("since", fleet.since().toString());
    Instant next = fleet.nextAttempt();
    known(tree, "nextAttempt", next == null ? null : next.toString());
    known(tree, "why", fleet.why());
    tree.put("waiting", fleet.waiting()).put("dropped", fleet.dropped());
    known(tree, "refused", fleet.refused());
    return tree.put("overflow", fleet.overflow()).put("strangers", fleet.strangers());
  }

  static FleetStatus fleet(JsonNode tree) throws Malformed {
    return new FleetStatus(
        StatusReader.text(tree, "broker"),
        FleetStatus.State.valueOf(StatusReader.text(tree, "state").toUpperCase(Locale.ROOT)),
        StatusReader.instant(tree, "since"),
        tree.has("nextAttempt") ? StatusReader.instant(tree, "nextAttempt") : null,
        StatusReader.known(tree, "why"),
        tree.path("waiting").asLong(0),
        tree.path("dropped").asLong(0),
        StatusReader.known(tree, "refused"),
        tree.path("overflow").asLong(0),
        tree.path("strangers").asLong(0));
  }

  private static void known(ObjectNode tree, String name, @Nullable String value) {
    if (value != null) {
      tree.put(name, value);
    }
  }
}
