package dev.twinspan.agent.fleet.operator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which boxes are to be asked who and how they are, because a report of theirs did not arrive. A
 * few at a time, each once a minute at most: what is missing in many is this side's fault, or the
 * broker's. No I/O; times are nanoseconds of one monotonic clock. For one thread.
 */
public final class Rebirths {
  static final Duration AGAIN = Duration.ofMinutes(1);

  /** At a time, and that no more often than this. */
  static final int MOST = 5;

  static final Duration PAUSE = Duration.ofSeconds(1);

  private record Asked(long at, long missed) {}

  private final Map<String, Asked> asked = new HashMap<>();
  private long lastTime;
  private boolean begun;
  private boolean stopped;

  /** The broker does not let us: nothing is due any more. */
  public void stop() {
    stopped = true;
  }

  /** They count as asked. */
  public List<FleetBox> due(long now, Collection<FleetBox> boxes) {
    if (stopped || (begun && now - lastTime < PAUSE.toNanos())) {
      return List.of();
    }
    List<FleetBox> due = new ArrayList<>();
    for (FleetBox box : boxes) {
      if (due.size() == MOST) {
        break;
      }
      String id = box.site() + "/" + box.device();
      Asked before = asked.get(id);
      boolean gap = box.missed() > (before == null ? 0 : before.missed());
      if (gap && (before == null || now - before.at() >= AGAIN.toNanos())) {
        asked.put(id, new Asked(now, box.missed()));
        due.add(box);
      }
    }
    if (!due.isEmpty()) {
      begun = true;
      lastTime = now;
    }
    return due;
  }
}
