package dev.twinspan.agent.fleet.desired;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigReader;
import dev.twinspan.agent.config.ConfigResult;
import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.config.ProblemsJson;
import dev.twinspan.agent.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** Whether a desired configuration may be tried at all. */
final class DesiredCheck {
  private static final int MOST_PROBLEMS = 20;

  private DesiredCheck() {}

  /**
   * What {@code twinspan check} says, and what may not be changed from afar.
   *
   * @param file the configuration
   * @param text what it holds; empty: it could not be read
   * @param config what it is to hold
   */
  static AgentConfig check(Path file, String text, String config, AgentConfig inForce)
      throws Refusal {
    Path folder = file.toAbsolutePath().getParent();
    if (text.isEmpty() || folder == null || !Files.isWritable(folder)) {
      throw new Refusal(
          "not_writable",
          "%s cannot be replaced: make its folder writable for the agent".formatted(file));
    }
    ConfigResult read = ConfigReader.read(file, config);
    if (read.config() == null) {
      ArrayNode problems = Json.array();
      ProblemsJson.tree(read)
          .get("problems")
          .valueStream()
          .filter(problem -> problem.path("severity").asString("").equals("error"))
          .limit(MOST_PROBLEMS)
          .forEach(problems::add);
      JsonNode first = problems.get(0);
      throw new Refusal(
          "schema",
          "%s: %s%s"
              .formatted(
                  first.path("path").asString(""),
                  first.path("sentence").asString(""),
                  problems.size() > 1 ? "; and more" : ""),
          problems);
    }
    String changed = fixed(inForce, read.config());
    if (!changed.isEmpty()) {
      read.config().destroyKeys(inForce);
      throw new Refusal(
          "forbidden", changed + " may not change from afar: the box would not be itself");
    }
    return read.config();
  }

  private static String fixed(AgentConfig is, AgentConfig next) {
    FleetConfig before = is.fleet();
    FleetConfig after = next.fleet();
    if (!is.device().equals(next.device())) {
      return "device";
    }
    if (after == null || before == null) {
      return "the presence of fleet";
    }
    if (!before.stateDirectory().equals(after.stateDirectory())) {
      return "fleet.state-directory";
    }
    return before.allowReboot() == after.allowReboot() ? "" : "fleet.allow-reboot";
  }
}
