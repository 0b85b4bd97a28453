package dev.twinspan.agent.doctor;

import dev.twinspan.agent.doctor.Finding.Severity;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Findings for machines. */
public final class DoctorJson {
  private DoctorJson() {}

  public static JsonNode tree(AgentStatus status, List<Finding> findings) {
    ObjectNode tree = Json.object();
    tree.put("device", status.device());
    tree.put("time", status.time().toString());
    tree.put("healthy", findings.stream().noneMatch(f -> f.severity() == Severity.PROBLEM));
    ArrayNode all = tree.putArray("findings");
    for (Finding finding : findings) {
      ObjectNode node = all.addObject();
      node.put("severity", finding.severity().word());
      node.put("cause", finding.cause().code());
      node.put("title", CausePages.title(finding.cause()));
      node.put("about", finding.about());
      node.put("sentence", finding.sentence());
      strings(node.putArray("evidence"), finding.evidence());
      strings(node.putArray("fixes"), finding.fixes());
    }
    return tree;
  }

  private static void strings(ArrayNode array, List<String> lines) {
    lines.forEach(array::add);
  }
}
