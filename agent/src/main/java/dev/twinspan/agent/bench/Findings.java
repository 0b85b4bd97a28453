package dev.twinspan.agent.bench;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * All of {@code bench datapath}.
 *
 * @param model where the path's time goes
 * @param small what packets cost that carry little
 * @param latency and
 * @param comparison with others; null: not asked for
 */
record Findings(
    DatapathReport path,
    CostModel model,
    SmallPackets small,
    @Nullable LatencyReport latency,
    @Nullable Comparison comparison)
    implements BenchOptions.Report {
  @Override
  public List<String> lines() {
    List<String> lines = new ArrayList<>(path.lines());
    lines.add("");
    model.lines(lines);
    lines.add("");
    small.lines(lines);
    if (latency != null) {
      lines.add("");
      lines.addAll(latency.lines());
    }
    if (comparison != null) {
      lines.add("");
      lines.addAll(comparison.lines());
      lines.add("");
      lines.add(verdict());
    }
    return lines;
  }

  /** Of the comparison. */
  private String verdict() {
    String verdict = comparison == null ? "" : comparison.verdict();
    return verdict.isEmpty() ? "nobody to compare with on this machine" : verdict;
  }

  @Override
  public ObjectNode json() {
    ObjectNode json = path.json();
    model.writeTo(json);
    small.writeTo(json);
    if (latency != null) {
      latency.writeTo(json.putObject("latency"));
    }
    if (comparison != null) {
      comparison.writeTo(json);
      json.put("verdict-versus", verdict());
    }
    return json;
  }
}
