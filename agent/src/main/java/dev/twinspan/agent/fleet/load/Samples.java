package dev.twinspan.agent.fleet.load;

import dev.twinspan.agent.json.Json;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/** Times that were measured, for their percentiles. Safe for any thread. */
final class Samples {
  /** 8 MB; further ones are counted alone. */
  private static final int MOST = 1 << 20;

  private long[] nanos = new long[1024];
  private int kept;
  private long count;

  synchronized void add(long time) {
    count++;
    if (kept == MOST) {
      return;
    }
    if (kept == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * kept);
    }
    nanos[kept++] = time;
  }

  synchronized long count() {
    return count;
  }

  /**
   * Milliseconds that so many of them did not exceed (nearest rank); NaN: none.
   *
   * @param share 0 to 1
   */
  synchronized double millis(double share) {
    if (kept == 0) {
      return Double.NaN;
    }
    long[] sorted = Arrays.copyOf(nanos, kept);
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(share * kept);
    return sorted[Math.clamp(rank - 1, 0, kept - 1)] / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }

  ObjectNode tree() {
    ObjectNode tree = Json.object().put("count", count());
    if (count() > 0) {
      tree.put("p50Millis", millis(0.5))
          .put("p99Millis", millis(0.99))
          .put("worstMillis", millis(1));
    }
    return tree;
  }
}
