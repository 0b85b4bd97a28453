package dev.twinspan.agent.bench;

import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** One-way latencies of a probe's packets. */
final class Latencies {
  private final long sent;
  private final long[] sorted;

  private Latencies(long sent, long[] sorted) {
    this.sent = sent;
    this.sorted = sorted;
  }

  /**
   * @param nanos of those that arrived
   */
  static Latencies of(long sent, long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new Latencies(sent, sorted);
  }

  /** All of several turns. */
  static Latencies merged(List<Latencies> turns) {
    return of(
        turns.stream().mapToLong(turn -> turn.sent).sum(),
        turns.stream().flatMapToLong(turn -> Arrays.stream(turn.sorted)).toArray());
  }

  long sent() {
    return sent;
  }

  long lost() {
    return sent - sorted.length;
  }

  /**
   * Microseconds that so many of the packets that arrived did not exceed (nearest rank).
   *
   * @param share 0 to 1
   */
  double micros(double share) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    int rank = (int) Math.ceil(share * sorted.length);
    return sorted[Math.clamp(rank - 1, 0, sorted.length - 1)] / 1e3;
  }

  void writeTo(ObjectNode json) {
    json.put("packets", sent).put("lost", lost());
    if (sorted.length > 0) {
      json.put("median", round(micros(0.5)))
          .put("p99", round(micros(0.99)))
          .put("p99.9", round(micros(0.999)))
          .put("worst", round(micros(1)));
    }
  }

  static double round(double micros) {
    return Math.round(micros * 10) / 10.0;
  }
}
