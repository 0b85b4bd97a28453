package dev.twinspan.agent.ike;

import java.util.ArrayList;
import java.util.List;

/**
 * Which of a peer's CHILD SAs is sent on. Chosen anew from what there is each time, without
 * history, so that whatever happened before, the same SAs give the same choice.
 */
final class OutboundChoice {
  private OutboundChoice() {}

  /**
   * The best first, then each best of those that carry what none before it does: a peer with
   * policy-based selectors makes a CHILD SA for each pair. Empty: none is usable.
   */
  static List<ChildSa> of(List<IkeSa> sas, long now) {
    List<ChildSa> left = new ArrayList<>();
    for (IkeSa sa : sas) {
      if (sa.isEstablished()) {
        sa.children().all().stream().filter(ChildSa::isLive).forEach(left::add);
      }
    }
    List<ChildSa> chosen = new ArrayList<>();
    while (!left.isEmpty()) {
      ChildSa best = left.getFirst();
      for (ChildSa child : left) {
        if (child != best && isBetter(child, best, now)) {
          best = child;
        }
      }
      ChildSa taken = best;
      if (!chosen.isEmpty() && taken.sendFrom() > now) {
        break; // nor is any of the others ready
      }
      chosen.add(taken);
      left.removeIf(child -> covers(taken, child));
    }
    return chosen;
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
