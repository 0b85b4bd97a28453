package dev.twinspan.agent.ike;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which of a peer's CHILD SAs is sent on. Chosen anew from what there is each time, without
 * history, so that whatever happened before, the same SAs give the same choice.
 */
final class OutboundChoice {
  private OutboundChoice() {}

  /**
   * The best first, then each best of those that carry what none before it does: a policy-based
   * peer has a CHILD SA for each pair. Empty: none is usable.
   *
   * @param pairs how many pairs of selectors the peer has
   */
  static List<ChildSa> of(List<IkeSa> sas, long now, int pairs) {
    List<ChildSa> live = new ArrayList<>();
    for (IkeSa sa : sas) {
      if (sa.isEstablished()) {
        sa.children().addLive(live);
      }
    }
    List<ChildSa> plain = pairs == 0 ? null : plainPairs(live, now, pairs);
    return plain != null ? plain : ofAnyKind(live, now);
  }

  /**
   * The usual policy-based case, asked for at every turn with up to 200 of them: each carries one
   * pair and nothing of another, so that only those of the same pair are compared. Null: it is not
   * that case.
   */
  private static @Nullable List<ChildSa> plainPairs(List<ChildSa> live, long now, int pairs) {
    @Nullable ChildSa[] best = new ChildSa[pairs];
    ChildSa bestOfAll = null;
    for (ChildSa child : live) {
      int pair = child.plainPair();
      if (pair < 0) {
        return null;
      }
      if (best[pair] == null || isBetterOfSame(child, best[pair], now)) {
        best[pair] = child;
      }
      if (bestOfAll == null || isBetterOfSame(child, bestOfAll, now)) {
        bestOfAll = child;
      }
    }
    if (bestOfAll == null) {
      return List.of();
    }
    if (bestOfAll.sendFrom() > now) {
      return List.of(bestOfAll);
    }
    List<ChildSa> chosen = new ArrayList<>();
    for (ChildSa child : best) {
      if (child != null && child.sendFrom() <= now) {
        chosen.add(child);
      }
    }
    return chosen;
  }

  private static List<ChildSa> ofAnyKind(List<ChildSa> live, long now) {
    List<ChildSa> left = new ArrayList<>(live);
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

  /** Ready before not ready, wider before narrower, then {@link #isBetterOfSame}. */
  private static boolean isBetter(ChildSa candidate, ChildSa best, long now) {
    if (candidate.sendFrom() <= now == best.sendFrom() <= now) {
      boolean wider = covers(candidate, best);
      boolean narrower = covers(best, candidate);
      if (wider != narrower) {
        return wider;
      }
    }
    return isBetterOfSame(candidate, best, now);
  }

  /**
   * Ready before not ready, then newer before older. Of two IKE SAs the newer is the one that began
   * later, not the one that was rekeyed later: a rekey moves no traffic.
   */
  private static boolean isBetterOfSame(ChildSa candidate, ChildSa best, long now) {
    boolean ready = candidate.sendFrom() <= now;
    boolean bestReady = best.sendFrom() <= now;
    if (ready != bestReady) {
      return ready;
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
