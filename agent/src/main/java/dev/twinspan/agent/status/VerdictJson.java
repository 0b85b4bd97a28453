package dev.twinspan.agent.status;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.json.Json.Malformed;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@link Verdict} to and from JSON. */
final class VerdictJson {
  private VerdictJson() {}

  static ArrayNode tree(List<Verdict> verdicts) {
    ArrayNode array = Json.array();
    for (Verdict verdict : verdicts) {
      ObjectNode tree = array.addObject();
      tree.put("severity", verdict.severity());
      tree.put("cause", verdict.cause());
      tree.put("title", verdict.title());
      tree.put("about", verdict.about());
      tree.put("sentence", verdict.sentence());
      ArrayNode fixes = tree.putArray("fixes");
      verdict.fixes().forEach(fixes::add);
    }
    return array;
  }

  /**
   * @param array missing in the status of an older agent
   */
  static List<Verdict> verdicts(JsonNode array) throws Malformed {
    List<Verdict> verdicts = new ArrayList<>();
    for (JsonNode tree : array) {
      List<String> fixes = new ArrayList<>();
      tree.path("fixes").forEach(fix -> fixes.add(fix.asString("")));
      verdicts.add(
          new Verdict(
              StatusReader.text(tree, "severity"),
              StatusReader.text(tree, "cause"),
              StatusReader.text(tree, "title"),
              StatusReader.text(tree, "about"),
              StatusReader.text(tree, "sentence"),
              fixes));
    }
    return verdicts;
  }
}
