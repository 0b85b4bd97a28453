package dev.twinspan.agent.control;

/**
 * Tells when what a tunnel sends remains without an answer, and how often to ask about it: after a
 * moment, then less and less often, since traffic of one direction alone is nothing unusual. Times
 * are nanoseconds of {@link System#nanoTime}; 0 stands for never. Owned by the control loop.
 */
final class Silence {
  static final long MILLISECOND = 1_000_000L;

  /** Longer than a round trip to anywhere, short enough for a loss of less than a second. */
  static final long PATIENCE = 300 * MILLISECOND;

  /** Who has not sent for so long waits for nothing. */
  static final long RECENT = 1_000 * MILLISECOND;

  private static final long FIRST_WAIT = 1_000 * MILLISECOND;
  private static final long LONGEST_WAIT = 16_000 * MILLISECOND;

  private boolean waiting;
  private long since;
  private long notBefore;
  private long wait;

  /**
   * @param sentAt when ESP was sent last
   * @param heardAt when authentic ESP came last
   * @return whether to ask the peer now
   */
  boolean asks(long now, long sentAt, long heardAt) {
    boolean unanswered = sentAt != 0 && (heardAt == 0 || sentAt - heardAt > 0);
    if (!unanswered) {
      waiting = false;
      return false;
    }
    if (!waiting || heardAt != 0 && heardAt - since > 0) {
      waiting = true;
      since = now;
      notBefore = now + PATIENCE;
      wait = FIRST_WAIT;
      return false;
    }
    if (now - sentAt > RECENT || now - notBefore < 0) {
      return false;
    }
    notBefore = now + wait;
    wait = Math.min(2 * wait, LONGEST_WAIT);
    return true;
  }
}
