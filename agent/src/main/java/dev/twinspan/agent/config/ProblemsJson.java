package dev.twinspan.agent.config;

import dev.twinspan.agent.json.Json;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code check --json} prints. */
public final class ProblemsJson {
  private ProblemsJson() {}

  public static ObjectNode tree(ConfigResult result) {
    ArrayNode problems = Json.array();
    for (Problem problem : result.problems()) {
      problems.add(
          Json.object()
              .put("severity", problem.severity().name().toLowerCase(Locale.ROOT))
              .put("file", problem.file())
              .put("line", problem.line())
              .put("column", problem.column())
              .put("path", problem.path())
              .put("sentence", problem.sentence()));
    }
    ObjectNode tree = Json.object().put("ok", !result.hasErrors());
    tree.set("problems", problems);
    return tree;
  }
}
