package dev.twinspan.agent.ike;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of two CHILD SAs of one pair on one IKE SA, after both ends asked for it at once.
 * That of the higher nonces stays, as after a collision of rekeys (RFC 7296 section 2.8.1). Both
 * ends see the same ones; each deletes only what it made itself, after a quiet time, so that never
 * both go. A peer of another make that keeps its own is left alone.
 */
final class ParallelPairs {
  private ParallelPairs() {}

  /** When the surplus is to go; NEVER when there is none. */
  static long closingDue(IkeSa sa) {
    int pairs = sa.peer().config().pairs().size();
    if (sa.children().size() < 2 || pairs == 0) {
      return IkeContext.NEVER;
    }
    long due = IkeContext.NEVER;
    @Nullable ChildSa[] staying = new ChildSa[pairs];
    for (ChildSa child : sa.children().all()) {
      ChildSa other = rival(staying, child);
      if (other != null && (goes(child, other) || goes(other, child))) {
        due = Math.min(due, Math.max(child.since(), other.since()) + Timing.SURPLUS_QUIET);
      }
    }
    return due;
  }

  /** Has it deleted. */
  static void close(IkeSa sa, long now) {
    @Nullable ChildSa[] staying = new ChildSa[sa.peer().config().pairs().size()];
    for (ChildSa child : sa.children().all()) {
      ChildSa other = rival(staying, child);
      if (other != null && now - Math.max(child.since(), other.since()) >= Timing.SURPLUS_QUIET) {
        ChildSa surplus = goes(child, other) ? child : other;
        if (goes(surplus, surplus == child ? other : child)) {
          surplus.deleteDue("duplicate-closed");
        }
      }
    }
  }

  /**
   * The other of the same pair met before.
   *
   * @param staying by pair, the best one so far; updated
   */
  private static @Nullable ChildSa rival(@Nullable ChildSa[] staying, ChildSa child) {
    int pair = child.plainPair();
    if (pair < 0 || child.phase() != ChildSa.Phase.INSTALLED) {
      return null;
    }
    ChildSa other = staying[pair];
    if (other == null || isLower(other, child)) {
      staying[pair] = child;
    }
    return other;
  }

  private static boolean goes(ChildSa child, ChildSa other) {
    return child.initiator() && isLower(child, other);
  }

  private static boolean isLower(ChildSa child, ChildSa other) {
    return Arrays.compareUnsigned(child.lowestNonce(), other.lowestNonce()) < 0;
  }
}
