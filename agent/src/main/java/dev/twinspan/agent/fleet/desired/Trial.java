package dev.twinspan.agent.fleet.desired;

import java.time.Duration;

/**
 * Whether a configuration that is tried stays: it does when, within its time and for a few seconds
 * on end, the broker answers and as many tunnels and BGP sessions are up as before, or as it has.
 * No I/O: times are nanoseconds of one monotonic clock.
 */
final class Trial {
  /** So long everything has to be well without a break. */
  static final Duration STEADY = Duration.ofSeconds(5);

  /** An answer of the broker counts for so long; it is asked every two seconds. */
  static final Duration FRESH = Duration.ofSeconds(6);

  /**
   * The box as it is.
   *
   * @param tunnels up
   * @param sessions of BGP, established
   * @param answered when the broker answered last
   */
  record Sight(int tunnels, int sessions, long answered) {}

  /** What to do. */
  sealed interface Verdict {
    record Wait() implements Verdict {}

    record Confirm() implements Verdict {}

    /**
     * @param reason stable code
     */
    record RollBack(String reason, String sentence) implements Verdict {}
  }

  private final long begun;
  private final Duration limit;
  private final int tunnels;
  private final int sessions;

  /** Since when all is well; 0: it is not. */
  private long wellSince;

  /**
   * @param tunnels that must be up
   * @param sessions that must be established
   */
  Trial(long now, Duration limit, int tunnels, int sessions) {
    this.begun = now;
    this.limit = limit;
    this.tunnels = tunnels;
    this.sessions = sessions;
  }

  Verdict look(long now, Sight sight) {
    // What the broker answers in the first moment may be to a question of before.
    boolean linked =
        sight.answered() - begun >= Duration.ofSeconds(2).toNanos()
            && now - sight.answered() < FRESH.toNanos();
    boolean well = linked && sight.tunnels() >= tunnels && sight.sessions() >= sessions;
    if (!well) {
      wellSince = 0;
    } else if (wellSince == 0) {
      wellSince = now;
    } else if (now - wellSince >= STEADY.toNanos()) {
      return new Verdict.Confirm();
    }
    return now - begun >= limit.toNanos() ? rollBack(linked, sight) : new Verdict.Wait();
  }

  private Verdict rollBack(boolean linked, Sight sight) {
    String within = " within %d s".formatted(limit.toSeconds());
    if (sight.tunnels() < tunnels) {
      return new Verdict.RollBack(
          "tunnels_lost",
          "%d tunnels were up%s, expected %d as before"
              .formatted(sight.tunnels(), within, tunnels));
    }
    if (!linked) {
      return new Verdict.RollBack("fleet_link_lost", "the broker did not answer" + within);
    }
    if (sight.sessions() < sessions) {
      return new Verdict.RollBack(
          "bgp_lost",
          "%d BGP sessions were established%s, expected %d as before"
              .formatted(sight.sessions(), within, sessions));
    }
    return new Verdict.RollBack(
        "unsteady",
        "all was well at the end, but not for %d s on end%s: set fleet.trial-seconds above %d, or look in twinspan status for what comes and goes"
            .formatted(STEADY.toSeconds(), within, limit.toSeconds()));
  }
}
