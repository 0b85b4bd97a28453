package dev.twinspan.agent.rehearse.traffic;

import java.util.BitSet;

/**
 * What became of one flow's numbered packets: how many came, came twice, came late, and the longest
 * time without any. A packet more than {@value #WINDOW} behind the newest counts as a duplicate, as
 * it can no longer be told from one.
 *
 * <p>Single writer: the thread that receives.
 */
public final class SequenceTracker {
  static final int WINDOW = 8192;

  private final BitSet seen = new BitSet(WINDOW);
  private long highest = -1;
  private long received;
  private long duplicates;
  private long reordered;
  private long lastNanos;
  private long longestGapNanos;

  /**
   * @param nowNanos when the flow began, from which the first gap counts
   */
  public SequenceTracker(long nowNanos) {
    lastNanos = nowNanos;
  }

  /**
   * @param sequence counted from 0
   */
  public void arrived(long sequence, long nowNanos) {
    longestGapNanos = Math.max(longestGapNanos, nowNanos - lastNanos);
    lastNanos = nowNanos;
    if (sequence <= highest) {
      late(sequence);
      return;
    }
    for (long skipped = Math.max(highest + 1, sequence - WINDOW + 1);
        skipped < sequence;
        skipped++) {
      seen.clear(slot(skipped));
    }
    seen.set(slot(sequence));
    highest = sequence;
    received++;
  }

  private void late(long sequence) {
    if (sequence < 0 || sequence <= highest - WINDOW || seen.get(slot(sequence))) {
      duplicates++;
    } else {
      seen.set(slot(sequence));
      received++;
      reordered++;
    }
  }

  private static int slot(long sequence) {
    return (int) (sequence % WINDOW);
  }

  /** Begins a new measurement of the longest gap; one that is under way counts whole. */
  public void mark() {
    longestGapNanos = 0;
  }

  /** Packets that came, each counted once. */
  public long received() {
    return received;
  }

  public long duplicates() {
    return duplicates;
  }

  public long reordered() {
    return reordered;
  }

  /** Packets before the newest that never came. */
  public long lost() {
    return highest + 1 - received;
  }

  /** Since the last mark, a gap still under way included. */
  public long longestGapNanos(long nowNanos) {
    return Math.max(longestGapNanos, nowNanos - lastNanos);
  }
}
