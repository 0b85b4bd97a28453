package dev.twinspan.agent.ike;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which of a peer's CHILD SAs is sent on. Chosen anew from what there is each time, without
 * history, so that whatever happened before, the same SAs give the same choice.
 */
final class OutboundChoice {
  private OutboundChoice() {}

  /** Null: none is usable. */
  static @Nullable ChildSa of(List<IkeSa> sas, long now) {
    ChildSa best = null;
    for (IkeSa sa : sas) {
      if (sa.isEstablished()) {
        for (ChildSa child : sa.children().all()) {
          if (child.isLive() && (best == null || isBetter(child, best, now))) {
            best = child;
          }
        }
      }
    }
    return best;
  }

  /**
   * Ready before not ready, wider before narrower, then newer before older. Of two IKE SAs the
   * newer is the one that began later, not the one that was rekeyed later: a rekey moves no
   * traffic.
   */
  private static boolean isBetter(ChildSa candidate, ChildSa best, long now) {
    boolean ready = candidate.sendFrom() <= now;
    boolean bestReady = best.sendFrom() <= now;
    if (ready != bestReady) {
      return ready;
    }
    boolean wider = covers(candidate, best);
    boolean narrower = covers(best, candidate);
    if (wider != narrower) {
      return wider;
    }
    int byIkeSa =
        Long.compare(candidate.ikeSa().origin().createdAt(), best.ikeSa().origin().createdAt());
    return byIkeSa != 0 ? byIkeSa > 0 : candidate.sequence() > best.sequence();
  }

  private static boolean covers(ChildSa outer, ChildSa inner) {
    return SelectorNarrowing.covers(outer.terms().localSelectors(), inner.terms().localSelectors())
        && SelectorNarrowing.covers(
            outer.terms().remoteSelectors(), inner.terms().remoteSelectors());
  }
}
