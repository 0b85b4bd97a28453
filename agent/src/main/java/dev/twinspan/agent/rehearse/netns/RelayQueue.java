package dev.twinspan.agent.rehearse.netns;

import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Packets held back until their time: a pure queue, told the time. Ordered by due time; bounded, as
 * a real queue is: what comes on top is lost. Not thread-safe.
 */
public final class RelayQueue {
  static final int MOST_PACKETS = 20_000;

  /**
   * What happens to the packets of one instance, in each direction.
   *
   * @param delayMillis added to every packet
   * @param jitterMillis at most so much more or less, evenly spread
   * @param duplicatePercent sent twice
   * @param reorderPercent sent at once, ahead of those held back
   */
  public record Impairment(
      double delayMillis, double jitterMillis, double duplicatePercent, double reorderPercent) {
    public static final Impairment NONE = new Impairment(0, 0, 0, 0);

    String words() {
      return delayMillis + " " + jitterMillis + " " + duplicatePercent + " " + reorderPercent;
    }

    /**
     * @param fields of {@link #words}
     */
    static Impairment parse(String[] fields, int from) {
      return new Impairment(
          Double.parseDouble(fields[from]),
          Double.parseDouble(fields[from + 1]),
          Double.parseDouble(fields[from + 2]),
          Double.parseDouble(fields[from + 3]));
    }

    @Override
    public String toString() {
      return "delay %s ms, jitter %s ms, duplicated %s %%, reordered %s %%"
          .formatted(delayMillis, jitterMillis, duplicatePercent, reorderPercent);
    }
  }

  /** Of two due at the same time, the one that came first goes first. */
  private record Held(long dueNanos, long order, byte[] packet) implements Comparable<Held> {
    @Override
    public int compareTo(Held other) {
      int byTime = Long.compare(dueNanos - other.dueNanos, 0);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final PriorityQueue<Held> queue = new PriorityQueue<>();
  private final RandomGenerator random;
  private long order;
  private long overflowed;

  RelayQueue(RandomGenerator random) {
    this.random = random;
  }

  void add(byte[] packet, Impairment impairment, long nowNanos) {
    boolean ahead = chance(impairment.reorderPercent());
    int copies = chance(impairment.duplicatePercent()) ? 2 : 1;
    double jitter = (random.nextDouble() * 2 - 1) * impairment.jitterMillis();
    double millis = ahead ? 0 : Math.max(0, impairment.delayMillis() + jitter);
    for (int i = 0; i < copies; i++) {
      if (queue.size() == MOST_PACKETS) {
        overflowed++;
        return;
      }
      queue.add(new Held(nowNanos + (long) (millis * 1e6), order++, packet));
    }
  }

  private boolean chance(double percent) {
    return percent > 0 && random.nextDouble() * 100 < percent;
  }

  /** The next packet whose time has come, or null. */
  byte @Nullable [] poll(long nowNanos) {
    Held head = queue.peek();
    if (head == null || head.dueNanos - nowNanos > 0) {
      return null;
    }
    queue.remove();
    return head.packet;
  }

  /** Packets lost because the queue was full. */
  long overflowed() {
    return overflowed;
  }
}
