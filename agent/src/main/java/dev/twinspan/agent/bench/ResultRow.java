package dev.twinspan.agent.bench;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One figure of a kept result.
 *
 * @param where machine, load and commit
 * @param file that it is from
 */
record ResultRow(String what, String figure, String where, String file) {
  static final String HEAD = "| what | figure | machine, load, commit | data |\n|---|---|---|---|";

  /** All that a bench's JSON tells; empty when it is none. */
  static List<ResultRow> of(String file, JsonNode result) {
    JsonNode machine = result.path("machine");
    String where =
        "%s, %s cores, load %s, %s"
            .formatted(
                machine.path("model").asString(""),
                machine.path("cores").asString(""),
                machine.path("load").asString(""),
                machine.path("twinspan").asString(""));
    List<ResultRow> rows = new ArrayList<>();
    for (JsonNode figures : result.path("figures")) {
      rows.add(new ResultRow(cipher(figures), nanos(figures), where, file));
    }
    if (result.has("gigabits")) {
      rows.add(new ResultRow("one TCP flow, both ends here", wholeWay(result), where, file));
    }
    if (result.has("latency")) {
      rows.add(new ResultRow("added one-way latency", latency(result), where, file));
    }
    for (JsonNode row : result.path("versus")) {
      rows.add(new ResultRow(versus(row), gigabits(row), where, file));
    }
    if (result.has("injected")) {
      rows.add(new ResultRow("soak, each payload checked", soak(result), where, file));
    }
    return rows;
  }

  private static String cipher(JsonNode figures) {
    return "%s with %s, %d bytes"
        .formatted(
            figures.path("transform").asString(""),
            figures.path("back-end").asString(""),
            figures.path("inner-bytes").asInt(0));
  }

  private static String nanos(JsonNode figures) {
    String library =
        figures.has("library-seal")
            ? "; the library alone %.0f / %.0f"
                .formatted(
                    figures.at("/library-seal/ns-median").asDouble(0),
                    figures.at("/library-open/ns-median").asDouble(0))
            : "";
    return "encapsulate / decapsulate %.0f / %.0f ns%s"
        .formatted(
            figures.at("/encapsulate/ns-median").asDouble(0),
            figures.at("/decapsulate/ns-median").asDouble(0),
            library);
  }

  private static String wholeWay(JsonNode result) {
    return "%.2f Gbit/s; %.0f / %.0f ns a packet, of which the kernel %.0f / %.0f"
        .formatted(
            result.path("gigabits").asDouble(0),
            result.at("/encapsulate/ns").asDouble(0),
            result.at("/decapsulate/ns").asDouble(0),
            result.at("/encapsulate/ns-kernel").asDouble(0),
            result.at("/decapsulate/ns-kernel").asDouble(0));
  }

  private static String latency(JsonNode result) {
    return "alone %.0f µs median; beside a TCP flow %.1f ms p99"
        .formatted(
            result.at("/latency/alone/added-median").asDouble(0),
            result.at("/latency/beside-tcp/added-p99").asDouble(0) / 1e3);
  }

  private static String versus(JsonNode row) {
    return "%s %s, TCP flows: %d"
        .formatted(
            row.path("name").asString(""),
            row.path("version").asString(""),
            row.path("flows").asInt(0));
  }

  private static String gigabits(JsonNode row) {
    String ratio =
        row.has("ratio-median")
            ? "; ours is %.1f × that".formatted(row.path("ratio-median").asDouble(0))
            : "";
    return "%.2f Gbit/s (%.2f – %.2f), median of %d%s"
        .formatted(
            row.path("gigabits-median").asDouble(0),
            row.path("gigabits-least").asDouble(0),
            row.path("gigabits-most").asDouble(0),
            row.path("rounds").asInt(0),
            ratio);
  }

  private static String soak(JsonNode result) {
    return "%.0f million packets, %.2f million a second; %s"
        .formatted(
            result.path("packets").asDouble(0) / 1e6,
            result.path("packets-per-second").asDouble(0) / 1e6,
            result.path("verdict").asString(""));
  }

  String markdown() {
    return "| %s | %s | %s | %s |".formatted(what, figure, where, file);
  }

  void writeTo(ObjectNode json) {
    json.put("what", what).put("figure", figure).put("where", where).put("file", file);
  }
}
