package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.NotifyType;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pairs of selectors of a policy-based peer, each of which has a CHILD SA of its own: which
 * ones are missing, why, and when to ask for them next. One that is refused waits for its own turn
 * and holds up no other. Without pairs (route-based) it is empty.
 *
 * <p>What is there is read from the CHILD SAs each time; what is remembered is when to ask and what
 * the peer said.
 */
final class PairBook {
  private static final class Entry {
    final Backoff backoff;
    boolean there;
    long thereSince;
    long missingSince;
    long askAt;
    long refusedAt = Long.MIN_VALUE;
    @Nullable IkeReason reason;

    Entry(IkeContext context) {
      backoff = new Backoff(context, Timing.PAIR_RETRY, Timing.PAIR_RETRY_CAP);
      missingSince = context.now();
      askAt = context.now();
    }
  }

  private final IkeContext context;
  private final PeerSession peer;
  private final List<IkePeer.Pair> pairs;
  private final List<Entry> entries = new ArrayList<>();

  PairBook(IkeContext context, PeerSession peer) {
    this.context = context;
    this.peer = peer;
    this.pairs = peer.config().pairs();
    pairs.forEach(_ -> entries.add(new Entry(context)));
  }

  boolean isEmpty() {
    return pairs.isEmpty();
  }

  IkePeer.Pair get(int pair) {
    return pairs.get(pair);
  }

  /** Which one IKE_AUTH is to bring up: the first that was not refused, else the first. */
  int opening() {
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).refusedAt == Long.MIN_VALUE) {
        return i;
      }
    }
    return 0;
  }

  // --- what happened ----------------------------------------------------------------------------

  /** A fresh IKE SA: whatever was refused on the last one is asked for again. */
  void begin() {
    for (Entry entry : entries) {
      entry.there = false;
      entry.missingSince = context.now();
      entry.askAt = context.now();
    }
  }

  /** Looks which came and which went. */
  void watch() {
    if (pairs.isEmpty()) {
      return;
    }
    BitSet served = new BitSet();
    for (IkeSa sa : peer.sas()) {
      if (sa.isEstablished()) {
        served.or(sa.children().pairs());
      }
    }
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (served.get(i) && !entry.there) {
        entry.there = true;
        entry.thereSince = context.now();
        entry.refusedAt = Long.MIN_VALUE;
        entry.reason = null;
      } else if (!served.get(i) && entry.there) {
        lost(entry, pairs.get(i));
      }
    }
  }

  private void lost(Entry entry, IkePeer.Pair pair) {
    entry.there = false;
    entry.missingSince = context.now();
    if (context.now() - entry.thereSince >= Timing.STABLE) {
      entry.backoff.reset();
    }
    entry.askAt = context.in(entry.backoff.next());
    tell(entry, Reasons.pairLost(pair));
  }

  /**
   * The peer will not have that pair, now or ever. When it has none of them the IKE SA goes: it
   * would carry nothing.
   */
  void refused(IkeSa sa, int pair, int notifyType) {
    Entry entry = entries.get(pair);
    if (notifyType == NotifyType.TEMPORARY_FAILURE) {
      entry.askAt =
          context.in(Timing.TEMPORARY_FAILURE_WAIT + context.jitter(Timing.TEMPORARY_FAILURE_WAIT));
      return;
    }
    entry.refusedAt = context.now();
    entry.askAt = context.in(entry.backoff.next());
    tell(entry, Reasons.pairRefused(peer.config(), pairs.get(pair), notifyType));
    if (!sa.children().hasLive() && allRefused(sa)) {
      Failure failure = Faults.childRefused(peer.config(), Payloads.notify(notifyType));
      peer.failed(failure);
      sa.close(failure.reason());
    }
  }

  private boolean allRefused(IkeSa sa) {
    return entries.stream().allMatch(entry -> entry.refusedAt >= sa.origin().establishedAt());
  }

  private void tell(Entry entry, IkeReason reason) {
    boolean news = !reason.equals(entry.reason);
    entry.reason = reason;
    if (news) {
      peer.standing().event(reason);
    }
  }

  // --- what to do -------------------------------------------------------------------------------

  /** Whether it has no CHILD SA on that IKE SA. */
  boolean lacks(IkeSa sa, int pair) {
    return !sa.children().pairs().get(pair);
  }

  /** The pair to ask for now; -1: none. */
  int due(IkeSa sa) {
    BitSet served = sa.children().pairs();
    for (int i = served.nextClearBit(0); i < pairs.size(); i = served.nextClearBit(i + 1)) {
      if (context.now() >= askAt(sa, entries.get(i))) {
        return i;
      }
    }
    return -1;
  }

  /** When {@link #due} has the next. */
  long dueAt(IkeSa sa) {
    long due = IkeContext.NEVER;
    if (pairs.isEmpty()) {
      return due;
    }
    BitSet served = sa.children().pairs();
    for (int i = served.nextClearBit(0); i < pairs.size(); i = served.nextClearBit(i + 1)) {
      due = Math.min(due, askAt(sa, entries.get(i)));
    }
    return due;
  }

  /** Who opened the IKE SA asks; the other end only when nobody does, or there would be two. */
  private long askAt(IkeSa sa, Entry entry) {
    if (sa.origin().initiator()) {
      return entry.askAt;
    }
    return peer.config().role() == IkePeer.Role.RESPOND_ONLY
        ? IkeContext.NEVER
        : Math.max(entry.askAt, entry.missingSince + Timing.PAIR_PATIENCE);
  }

  /** As status shows them. */
  List<IkeView.MissingPair> missing() {
    List<IkeView.MissingPair> missing = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (!entry.there) {
        missing.add(
            new IkeView.MissingPair(
                SelectorNarrowing.words(List.of(pairs.get(i).local())),
                SelectorNarrowing.words(List.of(pairs.get(i).remote())),
                entry.reason == null ? Reasons.pairWanted() : entry.reason,
                entry.missingSince));
      }
    }
    return missing;
  }
}
