package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.TrafficSelector;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which pairs a CHILD SA carries, and what is made of an answer to one. */
final class PairSelectors {
  private PairSelectors() {}

  /**
   * @param local of the CHILD SA, our side
   * @param remote the peer's
   */
  record Agreed(List<TrafficSelector> local, List<TrafficSelector> remote) {}

  /**
   * What is installed when the peer answers the offer of a pair with these: the pair or a part of
   * it, and when the peer has one SA for everything, all that we would have offered. Null: it is
   * something else.
   */
  static @Nullable Agreed agreed(
      IkePeer config,
      IkePeer.Pair pair,
      List<TrafficSelector> local,
      List<TrafficSelector> remote) {
    if (local.isEmpty() || remote.isEmpty()) {
      return null;
    }
    if (within(pair, local, remote)) {
      return new Agreed(local, remote);
    }
    if (!around(pair, local, remote)) {
      return null;
    }
    return new Agreed(
        SelectorNarrowing.narrow(local, config.localSelectors()),
        SelectorNarrowing.narrow(remote, config.remoteSelectors()));
  }

  /** Pairs whose traffic has its place in a CHILD SA of these selectors. */
  static BitSet served(
      List<IkePeer.Pair> pairs, List<TrafficSelector> local, List<TrafficSelector> remote) {
    BitSet served = new BitSet(pairs.size());
    int own = exact(pairs, local, remote);
    for (int i = 0; i < pairs.size(); i++) {
      // A part of a pair counts for it, or a peer that narrows would be asked for ever; not so
      // another pair that lies in it.
      if (around(pairs.get(i), local, remote) || own < 0 && within(pairs.get(i), local, remote)) {
        served.set(i);
      }
    }
    return served;
  }

  /** The pair that has just these selectors; -1: none. */
  static int exact(
      List<IkePeer.Pair> pairs, List<TrafficSelector> local, List<TrafficSelector> remote) {
    return local.size() == 1 && remote.size() == 1
        ? pairs.indexOf(new IkePeer.Pair(local.getFirst(), remote.getFirst()))
        : -1;
  }

  private static boolean within(
      IkePeer.Pair pair, List<TrafficSelector> local, List<TrafficSelector> remote) {
    return SelectorNarrowing.covers(List.of(pair.local()), local)
        && SelectorNarrowing.covers(List.of(pair.remote()), remote);
  }

  private static boolean around(
      IkePeer.Pair pair, List<TrafficSelector> local, List<TrafficSelector> remote) {
    return SelectorNarrowing.covers(local, List.of(pair.local()))
        && SelectorNarrowing.covers(remote, List.of(pair.remote()));
  }
}
