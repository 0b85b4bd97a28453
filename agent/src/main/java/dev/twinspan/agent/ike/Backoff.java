package dev.twinspan.agent.ike;

/**
 * Waits between attempts: 0.5 s, doubling up to 10 s, each drawn from its upper half so that many
 * boxes that lost one gateway do not come back in step.
 */
final class Backoff {
  private static final long FIRST = 500 * Timing.MILLISECOND;
  private static final long CAP = 10 * Timing.SECOND;

  private final IkeContext context;
  private long step = FIRST;

  Backoff(IkeContext context) {
    this.context = context;
  }

  /** The next wait in nanoseconds. */
  long next() {
    long wait = step / 2 + context.jitter(step / 2);
    step = Math.min(2 * step, CAP);
    return wait;
  }

  void reset() {
    step = FIRST;
  }
}
