package dev.twinspan.agent.bench;

import dev.twinspan.datapath.DatapathConfig;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@link LatencyBench} found: a packet each millisecond, with and without our tunnel between
 * the same two machines, alone and beside a TCP flow that takes all it gets.
 *
 * @param loops of each of the tunnel's ends
 */
record LatencyReport(
    DatapathConfig.Loops loops,
    Latencies idleWithout,
    Latencies idleWith,
    Latencies loadedWithout,
    Latencies loadedWith) {

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%-48s %9s %9s %9s %9s %6s"
            .formatted(
                "one way, a packet each millisecond, µs",
                "median",
                "p99",
                "p99.9",
                "worst",
                "lost"));
    lines.add(line("alone, without a tunnel", idleWithout));
    lines.add(line("alone, through the tunnel", idleWith));
    lines.add(line("beside a TCP flow, both without a tunnel", loadedWithout));
    lines.add(line("beside a TCP flow, both through the tunnel", loadedWith));
    lines.add(verdict());
    return lines;
  }

  private static String line(String name, Latencies latencies) {
    return "%-48s %9.0f %9.0f %9.0f %9.0f %6d"
        .formatted(
            name,
            latencies.micros(0.5),
            latencies.micros(0.99),
            latencies.micros(0.999),
            latencies.micros(1),
            latencies.lost());
  }

  /** Microseconds that the tunnel adds to the median of a lone packet each millisecond. */
  double addedMedian() {
    return idleWith.micros(0.5) - idleWithout.micros(0.5);
  }

  /** Microseconds that it adds to the 99th percentile under load. */
  double addedLoadedP99() {
    return loadedWith.micros(0.99) - loadedWithout.micros(0.99);
  }

  private String verdict() {
    return "the tunnel adds %.0f µs (median) to a lone packet, and %.1f ms (p99) beside a TCP flow%s"
        .formatted(
            addedMedian(),
            addedLoadedP99() / 1e3,
            loops.busyPollMicros() > 0
                ? ", polling for %d µs".formatted(loops.busyPollMicros())
                : "");
  }

  void writeTo(ObjectNode json) {
    ObjectNode idle = json.putObject("alone");
    idleWithout.writeTo(idle.putObject("without-tunnel"));
    idleWith.writeTo(idle.putObject("through-tunnel"));
    idle.put("added-median", Latencies.round(addedMedian()));
    ObjectNode loaded = json.putObject("beside-tcp");
    loadedWithout.writeTo(loaded.putObject("without-tunnel"));
    loadedWith.writeTo(loaded.putObject("through-tunnel"));
    loaded.put("added-p99", Latencies.round(addedLoadedP99()));
    json.put("cores", loops.count());
    json.put("busy-poll", loops.busyPollMicros());
    json.put("unit", "µs");
  }
}
