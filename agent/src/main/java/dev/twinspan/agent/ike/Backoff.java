package dev.twinspan.agent.ike;

/**
 * Waits between attempts, doubling up to a cap, each drawn from its upper half so that many boxes
 * that lost one gateway do not come back in step.
 */
final class Backoff {
  private final IkeContext context;
  private final long first;
  private final long cap;
  private long step;

  /**
   * @param first longest first wait, nanoseconds
   * @param cap longest wait
   */
  Backoff(IkeContext context, long first, long cap) {
    this.context = context;
    this.first = first;
    this.cap = cap;
    this.step = first;
  }

  /** The next wait in nanoseconds. */
  long next() {
    long wait = step / 2 + context.jitter(step / 2);
    step = Math.min(2 * step, cap);
    return wait;
  }

  void reset() {
    step = first;
  }
}
