package dev.twinspan.datapath.worker;

/** A rate limit: {@code perSecond} on average, {@code burst} at once. Owned by one worker. */
final class TokenBucket {
  private final long nanosPerToken;
  private final long capacityNanos;
  private long balanceNanos;
  private long lastNanos;

  TokenBucket(int perSecond, int burst, long nowNanos) {
    nanosPerToken = 1_000_000_000L / perSecond;
    capacityNanos = nanosPerToken * burst;
    balanceNanos = capacityNanos;
    lastNanos = nowNanos;
  }

  boolean take(long nowNanos) {
    long elapsed = Math.max(0, nowNanos - lastNanos);
    balanceNanos = Math.min(capacityNanos, balanceNanos + Math.min(elapsed, capacityNanos));
    lastNanos = nowNanos;
    if (balanceNanos < nanosPerToken) {
      return false;
    }
    balanceNanos -= nanosPerToken;
    return true;
  }
}
