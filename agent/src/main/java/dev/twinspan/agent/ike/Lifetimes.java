package dev.twinspan.agent.ike;

import java.time.Duration;

/** When SAs are replaced and when they end, from what the policy says. */
final class Lifetimes {
  private Lifetimes() {}

  /** Saturating: nobody waits 292 years. */
  static long nanos(Duration duration) {
    return duration.compareTo(Duration.ofDays(36_500)) > 0
        ? Duration.ofDays(36_500).toNanos()
        : duration.toNanos();
  }

  /**
   * Up to 10 % is taken off at random: the initiator of the SA goes first (5 to 10 %), the
   * responder later (0 to 5 %), so that two ends with one lifetime seldom rekey at once.
   */
  static long rekeyAfter(IkeContext context, long lifetime, boolean initiator) {
    long part = lifetime / 20;
    long off = context.jitter(part) + (initiator ? part : 0);
    return lifetime - off;
  }

  /**
   * From how many bytes on a CHILD SA is replaced. Both ends count the same packets against what is
   * mostly the same limit, so the initiator of the SA goes well ahead (60 to 70 %) of the responder
   * (75 to 85 %): each has the rest of the lifetime for the exchange.
   *
   * @param limit bytes; 0: none
   */
  static long softBytes(IkeContext context, long limit, boolean initiator) {
    if (limit == 0) {
      return Long.MAX_VALUE;
    }
    long percent = limit / 100;
    return percent * (initiator ? 60 : 75) + context.jitter(percent * 10 + 1);
  }

  /** The end of an SA that could not be replaced: a tenth more, and at least a minute. */
  static long expireAfter(long lifetime) {
    return lifetime + Math.max(lifetime / 10, 60 * Timing.SECOND);
  }
}
