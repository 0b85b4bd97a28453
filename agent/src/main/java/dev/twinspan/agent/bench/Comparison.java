package dev.twinspan.agent.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@link Contest} found.
 *
 * @param rows of one flow, then of eight; in each, ours first, and with equally many slices
 * @param refused what this kernel does not have
 */
record Comparison(List<Row> rows, List<Refusal> refused) {
  /** A packet of the prototype's, to which processor time is related: packets differ in size. */
  private static final int UNIT = 1380;

  /**
   * One contender in one round.
   *
   * @param bytes of TCP payload that arrived
   */
  record Slice(long bytes, long nanos, Contender.Spent spent) {
    double gigabits() {
      return bytes * 8.0 / nanos;
    }

    double nearNanos() {
      return (double) spent.near() * UNIT / bytes;
    }

    double farNanos() {
      return (double) spent.far() * UNIT / bytes;
    }
  }

  /** One contender with so many flows, its rounds in order. */
  record Row(String name, String version, int flows, List<Slice> slices) {
    Row {
      slices = List.copyOf(slices);
    }

    double[] gigabits() {
      return slices.stream().mapToDouble(Slice::gigabits).toArray();
    }

    double nearNanos() {
      return median(slices.stream().mapToDouble(Slice::nearNanos).toArray());
    }

    double farNanos() {
      return median(slices.stream().mapToDouble(Slice::farNanos).toArray());
    }
  }

  record Refusal(String name, String reason) {}

  Comparison {
    rows = List.copyOf(rows);
    refused = List.copyOf(refused);
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (!rows.isEmpty()) {
      lines.add(
          "in turns, %d rounds, both ends on this machine; medians; processor time for each %d bytes"
              .formatted(rows.getFirst().slices().size(), UNIT));
      lines.add(
          "%-38s %5s %8s %15s %9s %11s %11s"
              .formatted(
                  "", "flows", "Gbit/s", "least – most", "ours is", "sender ns", "receiver ns"));
      rows.forEach(row -> lines.add(line(row)));
    }
    refused.forEach(
        refusal ->
            lines.add(
                "%s is not measured: this kernel does not have it: %s"
                    .formatted(refusal.name(), refusal.reason())));
    return lines;
  }

  private String line(Row row) {
    double[] gigabits = row.gigabits();
    return "%-38s %5d %8.2f %15s %9s %11s %11s"
        .formatted(
            row.name() + " " + row.version(),
            row.flows(),
            median(gigabits),
            "%.2f – %.2f"
                .formatted(
                    Arrays.stream(gigabits).min().orElse(0),
                    Arrays.stream(gigabits).max().orElse(0)),
            ours(row) ? "–" : "%.1f ×".formatted(ratio(row)),
            row.nearNanos() == 0 ? "–" : "%.0f".formatted(row.nearNanos()),
            row.farNanos() == 0 ? "–" : "%.0f".formatted(row.farNanos()));
  }

  private boolean ours(Row row) {
    return row.name().equals(rows.getFirst().name());
  }

  /** How many times as fast ours is: the median of the rounds' ratios. */
  double ratio(Row row) {
    double[] theirs = row.gigabits();
    double[] ours =
        rows.stream()
            .filter(other -> ours(other) && other.flows() == row.flows())
            .findFirst()
            .orElseThrow()
            .gigabits();
    return median(IntStream.range(0, ours.length).mapToDouble(i -> ours[i] / theirs[i]).toArray());
  }

  /** "one TCP flow: 3.9 × wireguard-go, 24 × strongswan; eight …"; empty without rivals. */
  String verdict() {
    List<String> parts = new ArrayList<>();
    for (int flows : Contest.FLOWS) {
      List<String> ratios =
          rows.stream()
              .filter(row -> row.flows() == flows && !ours(row))
              .map(row -> "%.1f × %s".formatted(ratio(row), row.name()))
              .toList();
      if (!ratios.isEmpty()) {
        parts.add(
            (flows == 1 ? "one TCP flow" : flows + " over two tunnels")
                + ": "
                + String.join(", ", ratios));
      }
    }
    return String.join("; ", parts);
  }

  void writeTo(ObjectNode json) {
    ArrayNode list = json.putArray("versus");
    for (Row row : rows) {
      double[] gigabits = row.gigabits();
      ObjectNode node = list.addObject();
      node.put("name", row.name())
          .put("version", row.version())
          .put("flows", row.flows())
          .put("rounds", gigabits.length)
          .put("gigabits-median", round(median(gigabits)))
          .put("gigabits-least", round(Arrays.stream(gigabits).min().orElse(0)))
          .put("gigabits-most", round(Arrays.stream(gigabits).max().orElse(0)))
          .put("ns-sender", round(row.nearNanos()))
          .put("ns-receiver", round(row.farNanos()));
      if (!ours(row)) {
        node.put("ratio-median", round(ratio(row)));
      }
    }
    ArrayNode without = json.putArray("not-measured");
    refused.forEach(
        refusal -> without.addObject().put("name", refusal.name()).put("reason", refusal.reason()));
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return n == 0 ? 0 : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
