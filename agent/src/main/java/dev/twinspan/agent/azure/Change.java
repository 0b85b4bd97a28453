package dev.twinspan.agent.azure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One setting that an import changes.
 *
 * @param path as in the file; entries of lists by their names, e.g. {@code
 *     connections[hub-weu].instances[in0].address}
 * @param before null: new
 * @param after null: gone
 */
record Change(String path, @Nullable String before, @Nullable String after) {
  static List<Change> between(JsonNode before, JsonNode after) {
    Map<String, String> old = new LinkedHashMap<>();
    Map<String, String> next = new LinkedHashMap<>();
    flatten("", before, old);
    flatten("", after, next);
    Set<String> paths = new LinkedHashSet<>(old.keySet());
    paths.addAll(next.keySet());
    List<Change> changes = new ArrayList<>();
    for (String path : paths) {
      String was = old.get(path);
      String is = next.get(path);
      if (was == null || !was.equals(is)) {
        changes.add(new Change(path, was, is));
      }
    }
    return changes;
  }

  /** {@code path: before → after}. */
  String sentence() {
    return "%s: %s → %s"
        .formatted(path, before == null ? "not set" : before, after == null ? "gone" : after);
  }

  private static void flatten(String path, JsonNode node, Map<String, String> into) {
    if (node.isObject()) {
      node.forEachEntry(
          (key, value) -> flatten(path.isEmpty() ? key : path + "." + key, value, into));
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        JsonNode one = node.path(i);
        String name = one.path("name").asString("");
        if (one.isObject()) {
          flatten(path + "[" + (name.isEmpty() ? i : name) + "]", one, into);
        } else {
          into.merge(path, one.asString(""), (a, b) -> a + ", " + b);
        }
      }
    } else if (!node.isMissingNode()) {
      into.put(path, node.asString(""));
    }
  }
}
