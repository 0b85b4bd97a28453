package dev.twinspan.agent.ike;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * What becomes of parallel IKE SAs with one peer, after both ends opened at once. The one with the
 * lowest initiator SPI at its origin stays. Both ends see the same ones, and rekeys do not change
 * the order; each deletes only what it opened itself. So never both go, and nobody fights for his.
 * A peer of another make that keeps its own is left alone.
 */
final class ParallelSas {
  private static final Comparator<IkeSa> LOWEST_SPI =
      (a, b) -> Long.compareUnsigned(a.origin().initiatorSpi(), b.origin().initiatorSpi());

  private ParallelSas() {}

  /** What we opened and need not have opened. */
  static List<IkeSa> surplus(List<IkeSa> sas) {
    int alive = 0;
    for (IkeSa sa : sas) {
      alive += isAlive(sa) ? 1 : 0;
    }
    if (alive < 2) {
      return List.of(); // asked for at every turn
    }
    List<IkeSa> parallel = sas.stream().filter(ParallelSas::isAlive).toList();
    IkeSa stays = Collections.min(parallel, LOWEST_SPI);
    return parallel.stream().filter(sa -> sa != stays && sa.origin().initiator()).toList();
  }

  private static boolean isAlive(IkeSa sa) {
    return sa.isEstablished() && sa.children().hasLive();
  }

  /** When all have been quiet for long enough to close the surplus; NEVER when there is none. */
  static long closingDue(List<IkeSa> sas) {
    if (surplus(sas).isEmpty()) {
      return IkeContext.NEVER;
    }
    long latest = Long.MIN_VALUE;
    for (IkeSa sa : sas) {
      if (sa.channel().outstanding() != null) {
        return IkeContext.NEVER; // asked again when that is answered
      }
      latest = Math.max(latest, sa.origin().establishedAt());
    }
    return latest + Timing.SURPLUS_QUIET;
  }
}
