package dev.twinspan.agent.metrics;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** What came of requests for metrics. Any thread. */
final class ScrapeCounters {
  /** A request's end. */
  enum Outcome {
    ANSWERED,
    /** This is no HTTP, or too much of it. */
    MALFORMED,
    /** Another method than GET. */
    BAD_METHOD,
    /** Another path than /metrics. */
    UNKNOWN_PATH,
    /** Hung up, or was cut off for slowness, before its request was whole. */
    INCOMPLETE,
    /** As many as may be were connected already. */
    REFUSED
  }

  private final AtomicLongArray counts = new AtomicLongArray(Outcome.values().length);

  void count(Outcome outcome) {
    counts.incrementAndGet(outcome.ordinal());
  }

  long get(Outcome outcome) {
    return counts.get(outcome.ordinal());
  }

  Map<String, Long> byReason() {
    Map<String, Long> all = new TreeMap<>();
    for (Outcome outcome : Outcome.values()) {
      all.put(outcome.name().toLowerCase(Locale.ROOT).replace('_', '-'), get(outcome));
    }
    return all;
  }
}
