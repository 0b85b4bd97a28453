package dev.twinspan.agent.tunnel;

import java.util.Arrays;

/**
 * When to send an ICMP echo inside one tunnel, and what the answers tell. A target that does not
 * answer is asked seldom, and held against nobody: many drop ICMP or limit its rate.
 */
final class Prober {
  /** Results and round trips that are kept. */
  private static final int KEPT = 16;

  private final long[] roundTrips = new long[KEPT];
  private int roundTripCount;

  /** Of the last probes, newest in bit 0: 1 is an answer. */
  private long results;

  private int resultCount;
  private int inARow;
  private int missesInARow;
  private boolean answers;

  private int number;

  /** Of the one under way; 0: there is none. */
  private long sentAt;

  private long lastSentAt;

  /** When an answer came last, to whichever. */
  private long heardAt;

  private long sent;
  private long answered;

  /**
   * Takes in what was seen.
   *
   * @return whether to send one now, with {@link #number}
   */
  boolean look(long now, Sighting seen) {
    if (!seen.keyed()) {
      sentAt = 0;
      return false;
    }
    if (sentAt != 0 && now - sentAt >= Timing.PROBE_PATIENCE) {
      sentAt = 0;
      missed();
    }
    if (sentAt != 0 || lastSentAt != 0 && now - lastSentAt < pace(now, seen)) {
      return false;
    }
    number++;
    sentAt = now;
    lastSentAt = now;
    sent++;
    return true;
  }

  /** Whether it is about to find out if the target answers; what answers now and then does not. */
  boolean isLearning() {
    return lastSentAt != 0
        && !answers
        && missesInARow == 0
        && resultCount < Timing.PROBE_LEARN_LONGEST;
  }

  /** Finds out anew, and soon, whether the target answers. */
  void relearn() {
    results = 0;
    resultCount = 0;
    inARow = 0;
    missesInARow = 0;
    answers = false;
    sentAt = 0;
    lastSentAt = 0;
  }

  /** One is sent out of turn; that under way counts for nothing. */
  void hurry(long now) {
    number++;
    sentAt = now;
    lastSentAt = now;
    sent++;
  }

  private long pace(long now, Sighting seen) {
    if (!answers && missesInARow >= Timing.PROBE_TRIES) {
      return Timing.PROBE_SILENT;
    }
    if (isLearning()) {
      return Timing.PROBE_LEARN;
    }
    boolean busy = seen.sentAt() != 0 && now - seen.sentAt() < Timing.ACTIVE;
    return busy ? Timing.PROBE_BUSY : Timing.PROBE_IDLE;
  }

  int number() {
    return number;
  }

  /** The answer to a probe came; to one that is waited for no more it counts for nothing. */
  void answered(long at, int to) {
    if (to <= number && to > number - KEPT) {
      heardAt = at;
    }
    if (sentAt == 0 || to != number) {
      return;
    }
    roundTrips[(int) (answered % KEPT)] = Math.max(1, at - sentAt);
    roundTripCount = Math.min(roundTripCount + 1, KEPT);
    sentAt = 0;
    answered++;
    result(1);
    missesInARow = 0;
    inARow++;
    answers |= inARow >= Timing.PROBE_TRIES;
  }

  private void missed() {
    result(0);
    inARow = 0;
    missesInARow++;
    answers &= missesInARow < Timing.PROBE_GIVE_UP;
  }

  private void result(long bit) {
    results = results << 1 | bit;
    resultCount = Math.min(resultCount + 1, KEPT);
  }

  /** Whether the target is known to answer. */
  boolean answers() {
    return answers;
  }

  /** The same, and that it leaves hardly any probe without answer. */
  boolean answersWell() {
    return answers && missesInARow == 0 && loss() <= Timing.TRIAL_LOSS;
  }

  /** When an answer came last, of whatever probe; 0: never. */
  long heardAt() {
    return heardAt;
  }

  /** The median of the last round trips, nanoseconds; 0: none yet. */
  long latency() {
    long[] sorted = Arrays.copyOf(roundTrips, roundTripCount);
    Arrays.sort(sorted);
    return roundTripCount == 0 ? 0 : sorted[roundTripCount / 2];
  }

  /** Of the last round trips, nanoseconds; 0: none yet. */
  long quickest() {
    return Arrays.stream(roundTrips, 0, roundTripCount).min().orElse(0);
  }

  /** Of the last probes, 0 to 1. */
  double loss() {
    long kept = results & (1L << resultCount) - 1;
    return resultCount == 0 ? 0 : 1 - (double) Long.bitCount(kept) / resultCount;
  }

  /** How many of the latest it left without answer. */
  int missesInARow() {
    return missesInARow;
  }

  long sent() {
    return sent;
  }

  long answeredCount() {
    return answered;
  }
}
