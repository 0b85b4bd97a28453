package dev.twinspan.agent.fleet.load;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What happened in a run. Safe for any thread. */
final class LoadCounters {
  /** Reasons come from strangers too. */
  private static final int MOST_REASONS = 32;

  final Samples connects = new Samples();
  final Samples acknowledgements = new Samples();
  final Samples deliveries = new Samples();

  /** Asked to connect, and neither in nor out yet. */
  final LongAdder dialling = new LongAdder();

  final LongAdder connected = new LongAdder();
  final LongAdder lost = new LongAdder();
  final LongAdder healthSent = new LongAdder();
  final LongAdder healthSeen = new LongAdder();
  final LongAdder eventsSent = new LongAdder();
  final LongAdder eventsSeen = new LongAdder();
  final LongAdder commands = new LongAdder();
  final LongAdder refused = new LongAdder();
  private final Map<String, LongAdder> faults = new ConcurrentHashMap<>();

  /** Something that ought not to have been. */
  void fault(String reason) {
    String key = faults.size() < MOST_REASONS || faults.containsKey(reason) ? reason : "others";
    faults.computeIfAbsent(key, _ -> new LongAdder()).increment();
  }

  /** Sorted by reason. */
  Map<String, Long> faults() {
    Map<String, Long> all = new TreeMap<>();
    faults.forEach((reason, count) -> all.put(reason, count.sum()));
    return all;
  }
}
