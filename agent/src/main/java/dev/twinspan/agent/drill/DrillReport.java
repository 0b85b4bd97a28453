package dev.twinspan.agent.drill;

import org.jspecify.annotations.Nullable;

/**
 * How one tunnel's drill went.
 *
 * @param at when it ended, nanoseconds on the clock of {@link SelfDrill#look}
 * @param outageNanos how much longer than before the drill packets were sent and none came, the
 *     connection taken as a whole; null: there was no traffic both ways to measure by
 * @param dropped packets that this box could not send in that time
 * @param closedNanos from the order to drain until it was closed; 0: it never was
 * @param backNanos from the order to come back until it carried flows; 0: it never did
 * @param sentence what was seen, for people
 */
public record DrillReport(
    String tunnel,
    Outcome outcome,
    long at,
    @Nullable Long outageNanos,
    long dropped,
    long closedNanos,
    long backNanos,
    String sentence) {
  /** In a word. */
  public enum Outcome {
    /** Out and back, and nothing was lost. */
    PASSED,
    /** Out and back; packets were lost, or none came for longer than usual. */
    DISTURBED,
    /** Brought back early, since another tunnel was needed that did not work. */
    ABORTED,
    /** It did not close, or did not come back. */
    FAILED,
    /** Not drilled. */
    SKIPPED
  }
}
