package dev.twinspan.agent.rehearse.netns;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what other processes do and no call announces: looks every 20 ms, up to a deadline. */
public final class Await {
  private static final long PERIOD_NANOS = 20_000_000;

  private Await() {}

  /** Whether the condition came true in time. */
  public static boolean until(Duration limit, BooleanSupplier condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(PERIOD_NANOS);
    }
    return true;
  }

  /** Lets a measuring interval pass. */
  public static void pause(Duration time) {
    until(time, () -> false);
  }

  /**
   * @param wanted what was waited for, in words
   * @param seen what is there instead, asked when time is up
   */
  public static void orThrow(
      Duration limit, BooleanSupplier condition, String wanted, Supplier<String> seen) {
    if (!until(limit, condition)) {
      throw new BenchException(
          "waited %.1f s for %s; seen: %s".formatted(limit.toMillis() / 1e3, wanted, seen.get()));
    }
  }
}
