package dev.twinspan.agent.status;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The last self-drill of a tunnel, or the one under way.
 *
 * @param at when it ended; null while it is under way
 * @param outage how much longer than before the drill packets were sent and none came; null: there
 *     was no traffic both ways to measure by
 * @param dropped packets that this box could not send meanwhile
 * @param closedAfter from the order to drain until the tunnel was closed; null: it was not
 * @param backAfter from the order to come back until it carried flows; null: it did not
 */
public record DrillStatus(
    String tunnel,
    Outcome outcome,
    @Nullable Instant at,
    @Nullable Duration outage,
    long dropped,
    @Nullable Duration closedAfter,
    @Nullable Duration backAfter,
    String sentence) {
  /** In a word. */
  public enum Outcome {
    RUNNING,
    PASSED,
    DISTURBED,
    ABORTED,
    FAILED,
    SKIPPED
  }
}
