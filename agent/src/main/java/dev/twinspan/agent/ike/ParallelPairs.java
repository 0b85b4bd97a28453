package dev.twinspan.agent.ike;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of two CHILD SAs of one pair on one IKE SA, after both ends asked for it at once, or
 * after one did for which ours was none. That of the higher nonces stays, as after a collision of
 * rekeys (RFC 7296 section 2.8.1). Both ends see the same ones; each deletes only what it made
 * itself, after a quiet time, so that never both go. A peer of another make may keep its own: when
 * it has for long enough, ours goes.
 */
final class ParallelPairs {
  private ParallelPairs() {}

  /** When the surplus is to go; NEVER when there is none. */
  static long closingDue(IkeSa sa) {
    if (sa.children().size() < 2) {
      return IkeContext.NEVER;
    }
    long due = IkeContext.NEVER;
    @Nullable ChildSa[] staying = new ChildSa[places(sa)];
    for (ChildSa child : sa.children().all()) {
      ChildSa other = rival(staying, child);
      if (other != null) {
        due = Math.min(due, closingDue(child, other));
      }
    }
    return due;
  }

  /** Has it deleted. */
  static void close(IkeSa sa, long now) {
    @Nullable ChildSa[] staying = new ChildSa[places(sa)];
    for (ChildSa child : sa.children().all()) {
      ChildSa other = rival(staying, child);
      if (other != null && now >= closingDue(child, other)) {
        ChildSa lower = isLower(child, other) ? child : other;
        ChildSa higher = lower == child ? other : child;
        (lower.initiator() ? lower : higher).deleteDue("duplicate-closed");
      }
    }
  }

  /** When one of the two is ours to delete; NEVER: the peer made both. */
  private static long closingDue(ChildSa child, ChildSa other) {
    long both = Math.max(child.since(), other.since());
    ChildSa lower = isLower(child, other) ? child : other;
    if (lower.initiator()) {
      return both + Timing.SURPLUS_QUIET;
    }
    boolean higherIsOurs = child.initiator() || other.initiator();
    return higherIsOurs ? both + Timing.SURPLUS_KEPT : IkeContext.NEVER;
  }

  /** Any-any is a pair, too. */
  private static int places(IkeSa sa) {
    return Math.max(1, sa.peer().config().pairs().size());
  }

  /**
   * The other of the same pair met before.
   *
   * @param staying by pair, the best one so far; updated
   */
  private static @Nullable ChildSa rival(@Nullable ChildSa[] staying, ChildSa child) {
    int pair = child.isWhole() ? 0 : child.plainPair();
    if (pair < 0 || child.phase() != ChildSa.Phase.INSTALLED) {
      return null;
    }
    ChildSa other = staying[pair];
    if (other == null || isLower(other, child)) {
      staying[pair] = child;
    }
    return other;
  }

  private static boolean isLower(ChildSa one, ChildSa than) {
    return Arrays.compareUnsigned(one.lowestNonce(), than.lowestNonce()) < 0;
  }
}
