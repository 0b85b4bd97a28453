package dev.twinspan.agent.control;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.EventTotals;
import java.util.function.LongFunction;

/**
 * The copy of the control loop's state that everybody else reads. Written by the loop: at once when
 * something changes, else each second. While all tunnels rest nothing in it goes on but the time,
 * so that the rest is copied every third second only: it is most of what an idle agent does.
 */
final class StatusCopy {
  private static final long AT_REST = 3_000_000_000L;

  private final LongFunction<AgentStatus> build;
  private volatile AgentStatus latest;

  // Of the loop.
  private long copiedAt;
  private long timedAt;
  private boolean rested;
  private EventTotals told = EventTotals.NONE;

  /**
   * @param build copies the state of that moment, nanoseconds
   */
  StatusCopy(LongFunction<AgentStatus> build, long now) {
    this.build = build;
    latest = build.apply(now);
    copiedAt = now;
    timedAt = now;
  }

  /** Any thread. */
  AgentStatus latest() {
    return latest;
  }

  /** Copies all of it. */
  void refresh(long now) {
    latest = build.apply(now);
    copiedAt = now;
    timedAt = now;
  }

  /**
   * Each second.
   *
   * @param rests whether no packet passes by any tunnel, all of which are up
   * @param totals of events
   */
  void everySecond(long now, boolean rests, EventTotals totals) {
    // With the first copy at rest the rates have fallen to nothing.
    if (rests && rested && totals.equals(told) && now - copiedAt < AT_REST) {
      latest = latest.at(latest.time().plusNanos(now - timedAt));
      timedAt = now;
      return;
    }
    refresh(now);
    rested = rests;
    told = totals;
  }
}
