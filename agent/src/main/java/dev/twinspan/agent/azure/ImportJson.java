package dev.twinspan.agent.azure;

import dev.twinspan.agent.azure.ImportResult.Outcome;
import dev.twinspan.agent.config.Problem;
import dev.twinspan.agent.json.Json;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An import for machines: all that {@link ImportText} tells. */
final class ImportJson {
  private ImportJson() {}

  static ObjectNode tree(ImportResult result) {
    ObjectNode tree =
        Json.object()
            .put(
                "ok",
                result.outcome() != Outcome.REFUSED && result.outcome() != Outcome.NEEDS_FORCE)
            .put("outcome", result.outcome().name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .put("config", result.config());
    ArrayNode connections = Json.array();
    for (int i = 0; i < result.plans().size(); i++) {
      connections.add(connection(result.plans().get(i), result.commands().get(i)));
    }
    tree.set("connections", connections);
    tree.set("findings", list(result.findings(), ImportJson::finding));
    tree.set("problems", list(result.problems(), ImportJson::problem));
    tree.set("changes", list(result.changes(), ImportJson::change));
    tree.set(
        "files",
        list(
            result.files(),
            file -> Json.object().put("file", file.file()).put("state", file.state())));
    return tree;
  }

  private static ObjectNode connection(Plan plan, List<AzCommand> commands) {
    ObjectNode tree = Json.object().put("name", plan.connection()).put("origin", plan.origin());
    tree.set(
        "plan",
        list(
            plan.rows(),
            row ->
                Json.object()
                    .put("topic", row.topic())
                    .put("azure", row.azure())
                    .put("box", row.box())));
    tree.set(
        "commands",
        list(
            commands,
            command ->
                Json.object()
                    .put("why", command.why())
                    .put("needed", command.needed())
                    .put("line", command.line())));
    return tree;
  }

  private static ObjectNode finding(Finding finding) {
    return Json.object()
        .put("severity", finding.severity().word())
        .put("code", finding.code())
        .put("about", finding.about())
        .put("sentence", finding.sentence())
        .put("fix", finding.fix());
  }

  private static ObjectNode problem(Problem problem) {
    return Json.object()
        .put("severity", problem.severity().name().toLowerCase(Locale.ROOT))
        .put("file", problem.file())
        .put("line", problem.line())
        .put("column", problem.column())
        .put("path", problem.path())
        .put("sentence", problem.sentence());
  }

  private static ObjectNode change(Change change) {
    return Json.object()
        .put("path", change.path())
        .put("before", change.before())
        .put("after", change.after());
  }

  private static <T> ArrayNode list(List<T> values, Function<T, ObjectNode> each) {
    ArrayNode list = Json.array();
    values.forEach(value -> list.add(each.apply(value)));
    return list;
  }
}
