package dev.twinspan.agent.status;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All events since the agent's start in numbers, each with the id of the latest one that made it,
 * so that from a rise one finds the event, its log line and its page entry. Immutable.
 *
 * @param counts by tunnel and code, in the order in which they first happened
 * @param outages measured ones by tunnel, likewise
 */
public record EventTotals(List<Count> counts, List<Outages> outages) {
  public static final EventTotals NONE = new EventTotals(List.of(), List.of());

  /** Counts, and tunnels with outages; those beyond are in the code {@link #OTHER} of the box. */
  static final int MOST = 512;

  static final String OTHER = "other";

  /**
   * @param tunnel null: the whole box
   * @param last id of the latest
   */
  public record Count(
      @Nullable String tunnel, String code, long count, String last, Instant lastTime) {
    private boolean isOf(@Nullable String other, String otherCode) {
      return code.equals(otherCode) && Objects.equals(tunnel, other);
    }
  }

  /**
   * How long traffic of a tunnel stood still.
   *
   * @param seconds their sum
   * @param buckets one for each of {@link #BOUNDS} and one for what is longer
   */
  public record Outages(String tunnel, double seconds, List<Bucket> buckets) {
    /** Upper bounds in seconds, each included. From a planned move to BGP's hold time at Azure. */
    public static final List<Double> BOUNDS =
        List.of(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 45.0, 180.0);

    public Outages {
      buckets = List.copyOf(buckets);
    }

    private static Outages none(String tunnel) {
      return new Outages(tunnel, 0, Collections.nCopies(BOUNDS.size() + 1, Bucket.EMPTY));
    }

    private Outages with(Event event, Duration outage) {
      double took = outage.toNanos() / 1e9;
      int index = 0;
      while (index < BOUNDS.size() && took > BOUNDS.get(index)) {
        index++;
      }
      List<Bucket> next = new ArrayList<>(buckets);
      next.set(index, new Bucket(buckets.get(index).count() + 1, event.id(), took, event.time()));
      return new Outages(tunnel, seconds + took, next);
    }
  }

  /**
   * @param count in this bucket alone
   * @param last id of the latest; empty: there was none
   * @param seconds it took
   */
  public record Bucket(long count, String last, double seconds, Instant time) {
    static final Bucket EMPTY = new Bucket(0, "", 0, Instant.EPOCH);
  }

  public EventTotals {
    counts = List.copyOf(counts);
    outages = List.copyOf(outages);
  }

  /** One more. */
  public EventTotals with(Event event) {
    return new EventTotals(counted(event), measured(event));
  }

  private List<Count> counted(Event event) {
    String tunnel = event.tunnel();
    String code = event.code();
    boolean known = counts.stream().anyMatch(count -> count.isOf(event.tunnel(), event.code()));
    if (!known && counts.size() >= MOST - 1) {
      tunnel = null;
      code = OTHER;
    }
    List<Count> next = new ArrayList<>(counts);
    int at = 0;
    while (at < next.size() && !next.get(at).isOf(tunnel, code)) {
      at++;
    }
    if (at == next.size()) {
      next.add(new Count(tunnel, code, 1, event.id(), event.time()));
    } else {
      next.set(at, new Count(tunnel, code, next.get(at).count() + 1, event.id(), event.time()));
    }
    return next;
  }

  private List<Outages> measured(Event event) {
    String tunnel = event.tunnel();
    Duration outage = event.outage();
    if (tunnel == null || outage == null) {
      return outages;
    }
    List<Outages> next = new ArrayList<>(outages);
    for (int at = 0; at < next.size(); at++) {
      if (next.get(at).tunnel().equals(tunnel)) {
        next.set(at, next.get(at).with(event, outage));
        return next;
      }
    }
    if (next.size() < MOST) {
      next.add(Outages.none(tunnel).with(event, outage));
    }
    return next;
  }
}
