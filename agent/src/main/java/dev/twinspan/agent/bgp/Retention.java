package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.BgpMessage.Open;
import dev.twinspan.agent.bgp.message.Capability.GracefulRestart;
import dev.twinspan.agent.bgp.message.Family;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What stays in use of a peer's routes when its session is lost without a word: those of a peer
 * that said beforehand that it goes on forwarding while it restarts (the receiving speaker of RFC
 * 4724 section 4.2), and those of a standby's predecessor. They go when the peer has told all it
 * has (End-of-RIB), or when their time is over.
 */
final class Retention {
  private final BgpContext context;
  private final Rib rib;
  private final String peer;
  private long until = BgpContext.NEVER;

  /** Until when it may show that the far end is another machine, which knows no session. */
  private long doubtedUntil;

  /** What is stale was told by another machine than the one that is to speak next. */
  private boolean strangersKept;

  Retention(BgpContext context, Rib rib, String peer) {
    this.context = context;
    this.rib = rib;
    this.peer = peer;
  }

  long deadline() {
    return until;
  }

  void tick() {
    if (context.now() >= until) {
      until = BgpContext.NEVER;
      told(rib.dropStale(peer, Set.of(Family.values())));
    }
  }

  private void told(int dropped) {
    if (dropped > 0) {
      context.emit(new BgpAction.Notice(peer, Reasons.stale(dropped)));
    }
  }

  /** The far end may be another machine from now on. */
  void doubt() {
    doubtedUntil = context.in(Timing.DOUBT);
  }

  /** The session is lost. */
  void lost(Fsm fsm) {
    if (context.now() < doubtedUntil && !fsm.saidGoodbye()) {
      strangersKept = true;
      rib.retainMore(peer);
      until = context.in(Timing.STRANGER_TELLS);
      fsm.wake();
      return;
    }
    GracefulRestart restart = promise(fsm);
    if (restart == null
        || fsm.saidGoodbye()
        || restart.seconds() == 0
        || restart.families().isEmpty()) {
      forget();
      return;
    }
    int kept = rib.retain(peer, restart.families());
    long nanos = Math.min(restart.seconds() * Timing.SECOND, Timing.LONGEST_RESTART);
    until = kept == 0 ? BgpContext.NEVER : context.in(nanos);
    if (kept > 0) {
      context.emit(new BgpAction.Notice(peer, Reasons.retained(kept, nanos / Timing.SECOND)));
    }
  }

  private static @Nullable GracefulRestart promise(Fsm fsm) {
    Open open = fsm.open();
    return open == null ? null : open.find(GracefulRestart.class).orElse(null);
  }

  /**
   * The peer speaks again. One that restarted and did not keep forwarding has nothing worth
   * keeping; what is left waits for its End-of-RIB.
   */
  void established(Fsm fsm) {
    boolean stranger = strangersKept;
    strangersKept = false;
    if (stranger || rib.stale(peer) == 0) {
      return;
    }
    GracefulRestart restart = promise(fsm);
    Set<Family> forwarding = restart == null ? Set.of() : restart.forwarding();
    told(
        rib.dropStale(
            peer, Stream.of(Family.values()).filter(f -> !forwarding.contains(f)).toList()));
    until = rib.stale(peer) == 0 ? BgpContext.NEVER : context.in(Timing.LONGEST_STALE);
  }

  /** Nothing of the peer's is used any more. */
  void forget() {
    rib.down(peer);
    until = BgpContext.NEVER;
    strangersKept = false;
  }
}
