package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.TrafficSelector;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The CHILD SAs of one IKE SA. */
final class ChildSas {
  private final IkeContext context;
  private final IkeSa ikeSa;
  private final List<ChildSa> all = new ArrayList<>();

  ChildSas(IkeContext context, IkeSa ikeSa) {
    this.context = context;
    this.ikeSa = ikeSa;
  }

  /** A copy: callers remove while they walk. */
  List<ChildSa> all() {
    return List.copyOf(all);
  }

  int size() {
    return all.size();
  }

  /**
   * Whether another may be made. Deleted ones that only listen for stragglers go for it, the oldest
   * first: a peer that is told NO_ADDITIONAL_SAS may take rekeying for impossible.
   */
  boolean makeRoom() {
    if (all.size() < limit()) {
      return true;
    }
    List<ChildSa> lingering = in(ChildSa.Phase.LINGERING);
    if (lingering.isEmpty()) {
      return false;
    }
    remove(lingering.getFirst(), lingering.getFirst().endReason());
    return true;
  }

  /** Policy-based: a CHILD SA for each pair of selectors and its successor. */
  private int limit() {
    IkePeer config = ikeSa.peer().config();
    int pairs = config.localSelectors().size() * config.remoteSelectors().size();
    return Math.max(Timing.CHILDREN_PER_SA, 2 * Math.min(pairs, Timing.MOST_PAIRS));
  }

  /** Whether a live one carries all of that. */
  boolean carry(List<TrafficSelector> local, List<TrafficSelector> remote) {
    for (ChildSa child : all) {
      if (child.isLive()
          && SelectorNarrowing.covers(child.terms().localSelectors(), local)
          && SelectorNarrowing.covers(child.terms().remoteSelectors(), remote)) {
        return true;
      }
    }
    return false;
  }

  /** The pairs of a policy-based peer that live ones carry. */
  BitSet pairs() {
    BitSet carried = new BitSet();
    for (ChildSa child : all) {
      if (child.isLive()) {
        carried.or(child.pairs());
      }
    }
    return carried;
  }

  void addLive(List<ChildSa> to) {
    for (ChildSa child : all) {
      if (child.isLive()) {
        to.add(child);
      }
    }
  }

  boolean hasLive() {
    for (ChildSa child : all) {
      if (child.isLive()) {
        return true;
      }
    }
    return false;
  }

  /** By the SPI the peer receives with; the one it names in DELETE and REKEY_SA. */
  @Nullable ChildSa byOutbound(int spi) {
    for (ChildSa child : all) {
      if (child.outboundSpi() == spi && child.phase() != ChildSa.Phase.LINGERING) {
        return child;
      }
    }
    return null;
  }

  List<ChildSa> in(ChildSa.Phase phase) {
    return all.stream().filter(child -> child.phase() == phase).toList();
  }

  void add(ChildSa child) {
    all.add(child);
    context.register(child);
    PeerSession peer = ikeSa.peer();
    peer.refresh(Reasons.established(peer.config(), ikeSa));
  }

  void moveTo(IkeSa successor) {
    for (ChildSa child : all) {
      child.moveTo(successor);
      successor.children().all.add(child);
    }
    all.clear();
  }

  /** Deleted on both sides; goes on receiving for a moment where another took over. */
  void deleted(ChildSa child, IkeReason reason) {
    if (all.stream().anyMatch(other -> other != child && other.isLive())) {
      child.linger(reason.code(), context.in(Timing.LINGER));
    } else {
      remove(child, reason.code());
    }
    ikeSa.peer().refresh(reason);
  }

  void remove(ChildSa child, String why) {
    if (all.remove(child)) {
      context.unregister(child);
      context.emit(new IkeAction.RemoveChild(ikeSa.peer().name(), child.inboundSpi(), why));
    }
  }

  void removeAll(String why) {
    for (ChildSa child : all()) {
      remove(child, why);
    }
  }

  /** The peer sends on it, so it can receive on it too. */
  void peerHas(ChildSa child) {
    if (child.phase() == ChildSa.Phase.INSTALLED && !child.initiator()) {
      child.sendFrom(context.now());
    }
  }

  /**
   * ESP came at that time, and not on those that wait to be sent on, or they would not: the peer
   * has what it came on, which goes on serving.
   */
  void espCame(long when) {
    for (ChildSa child : all) {
      long waits = child.sendFrom();
      // Now, not when it came: what was proven since must not be doubted again.
      if (waits > context.now() && waits != IkeContext.NEVER && when > child.since()) {
        long longest = child.since() + Timing.REKEY_SETTLE;
        child.sendFrom(Math.max(waits, Math.min(longest, when + Timing.PARALLEL_SETTLE)));
      }
    }
  }

  /**
   * The peer's next request is here: with a window of one it has our last answer, and with it every
   * CHILD SA that we made as responder.
   */
  void answerSeen() {
    for (ChildSa child : all) {
      if (child.sendFrom() > context.now()) {
        peerHas(child);
      }
    }
  }

  /** The peer had not seen our last answer before now: what it announced is put off. */
  void answerRepeated() {
    for (ChildSa child : all) {
      if (child.sendFrom() > context.now() && child.sendFrom() != IkeContext.NEVER) {
        child.sendFrom(context.in(Timing.REKEY_SETTLE));
      }
    }
  }

  /** What time does to them: lingering ones go, those nobody replaced or deleted are deleted. */
  void age() {
    for (ChildSa child : all()) {
      switch (child.phase()) {
        case LINGERING -> {
          if (context.now() >= child.phaseEndsAt()) {
            remove(child, child.endReason());
          }
        }
        case REPLACED -> {
          if (context.now() >= child.phaseEndsAt()) {
            child.deleteDue("replaced");
          }
        }
        case INSTALLED -> {
          if (context.now() >= child.expiresAt()) {
            child.deleteDue("lifetime-expired");
            ikeSa.peer().refresh(Reasons.lifetimeExpired("CHILD SA"));
          }
        }
        case DELETE_DUE, DELETING -> {}
      }
    }
  }

  /** The next of those times. */
  long ageDeadline() {
    long due = IkeContext.NEVER;
    for (ChildSa child : all) {
      due = Math.min(due, child.phaseEndsAt());
      if (child.phase() == ChildSa.Phase.INSTALLED) {
        due = Math.min(due, child.expiresAt());
      }
      if (child.sendFrom() > context.now()) {
        due = Math.min(due, child.sendFrom());
      }
    }
    return due;
  }

  /** The one whose rekey is due first. */
  @Nullable ChildSa nextToRekey() {
    ChildSa next = null;
    for (ChildSa child : all) {
      if (child.phase() == ChildSa.Phase.INSTALLED
          && (next == null || child.rekeyAt() < next.rekeyAt())) {
        next = child;
      }
    }
    return next;
  }
}
