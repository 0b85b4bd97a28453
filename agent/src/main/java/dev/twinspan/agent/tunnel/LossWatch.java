package dev.twinspan.agent.tunnel;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds that a tunnel loses packets all the time and yet lives (a brownout), from the sequence
 * numbers that never came. New flows are to keep away from it then; those it has stay.
 *
 * <p>A single burst is no brownout: an outage has its own machinery. Nor is a loss that the other
 * tunnels share, which is more likely this machine's.
 */
final class LossWatch {
  private static final int SLOTS = 8;

  private final long[] came = new long[SLOTS];
  private final long[] lost = new long[SLOTS];
  private long slotEnds;
  private int slot;
  private boolean seen;
  private long lastCame;
  private long lastLost;

  private boolean lossy;
  private long lossySince;
  private long cleanSince;

  /** Since when too little comes to judge by; 0: enough comes. */
  private long blindSince;

  private long trial = Timing.LOSS_TRIAL;

  /** Whether new flows are to keep away. */
  boolean lossy() {
    return lossy;
  }

  /**
   * Of the last seconds, 0 to 1; of what came in one burst too, so that people see it.
   *
   * @return 0 as well while nothing comes
   */
  double loss() {
    long missing = Math.max(0, sum(lost));
    long all = sum(came) + missing;
    return all == 0 ? 0 : (double) missing / all;
  }

  /**
   * Takes in what was seen.
   *
   * @param elsewhere the loss of the best other tunnel that carries flows; 1: there is none
   * @return why new flows keep away from now on, or may come again; null: nothing changed
   */
  @Nullable TunnelReason look(long now, Sighting sighting, double elsewhere) {
    count(now, sighting);
    if (!lossy) {
      double spread = spreadLoss();
      if (spread < Timing.LOSS_SHUN || elsewhere > spread / 2) {
        return null;
      }
      lossy = true;
      lossySince = now;
      cleanSince = 0;
      blindSince = 0;
      return Reasons.lossy(spread);
    }
    return recovered(now);
  }

  private @Nullable TunnelReason recovered(long now) {
    boolean blind = sum(came) + Math.max(0, sum(lost)) < Timing.LOSS_EVIDENCE;
    blindSince = since(blind, blindSince, now);
    boolean clean = !blind && loss() < Timing.LOSS_CLEAN;
    cleanSince = since(clean, cleanSince, now);
    if (clean && now - cleanSince >= Timing.LOSS_OVER && now - lossySince >= Timing.LOSS_OVER) {
      lossy = false;
      trial = Timing.LOSS_TRIAL;
      return Reasons.clean(loss());
    }
    if (blind && now - blindSince >= trial) {
      lossy = false;
      long waited = trial;
      trial = Math.min(2 * trial, Timing.LOSS_TRIAL_LONGEST);
      return Reasons.lossTrial(waited);
    }
    return null;
  }

  private static long since(boolean holds, long before, long now) {
    return !holds ? 0 : before == 0 ? now : before;
  }

  /** The tunnel carries no flows: what comes next begins anew. */
  void forget() {
    lossy = false;
    seen = false;
    forgetSlots();
  }

  private void count(long now, Sighting sighting) {
    if (!seen || now - slotEnds > SLOTS * Timing.LOSS_SLOT) {
      forgetSlots();
      slotEnds = now + Timing.LOSS_SLOT;
    }
    while (now - slotEnds >= 0) {
      slot = (slot + 1) % SLOTS;
      came[slot] = 0;
      lost[slot] = 0;
      slotEnds += Timing.LOSS_SLOT;
    }
    if (seen) {
      came[slot] += sighting.heardPackets() - lastCame;
      lost[slot] += sighting.lostPackets() - lastLost;
    }
    seen = true;
    lastCame = sighting.heardPackets();
    lastLost = sighting.lostPackets();
  }

  private void forgetSlots() {
    Arrays.fill(came, 0);
    Arrays.fill(lost, 0);
  }

  /** Without the worst slot; 0 where too little came, or too little was lost, to judge by. */
  private double spreadLoss() {
    int worst = 0;
    int slotsWithLoss = 0;
    for (int i = 0; i < SLOTS; i++) {
      worst = lost[i] > lost[worst] ? i : worst;
      slotsWithLoss += lost[i] > 0 ? 1 : 0;
    }
    long missing = sum(lost) - lost[worst];
    long all = sum(came) - came[worst] + missing;
    boolean evident =
        all >= Timing.LOSS_EVIDENCE
            && missing >= Timing.LOSS_LEAST
            && slotsWithLoss >= Timing.LOSS_SLOTS;
    return evident ? (double) missing / all : 0;
  }

  private static long sum(long[] values) {
    long sum = 0;
    for (long value : values) {
      sum += value;
    }
    return sum;
  }
}
