package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.TrafficSelector;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One configured peer: its IKE SAs, when to try again, and which CHILD SA is sent on.
 *
 * <p>Several IKE SAs may stand side by side, after both ends began at once or after one came back
 * without the other noticing. All are kept while they work. What is sent on is the newest CHILD SA
 * both ends have; a parallel IKE SA that we opened ourselves is deleted after a quiet time, the
 * rule of {@link #closeSurplus} telling both ends which one stays.
 */
final class PeerSession {
  private final IkeContext context;
  private IkePeer config;
  private final List<IkeSa> sas = new ArrayList<>();
  private final Backoff backoff;
  private final Standing standing;
  private final PairBook pairs;
  private long nextAttempt = IkeContext.NEVER;
  private long aliveAt = Long.MIN_VALUE;
  private long sentAt = Long.MIN_VALUE;
  private long upSince;
  private long missedUntil = Long.MIN_VALUE;
  private long besideAt = Long.MIN_VALUE;

  /** When one of too many IKE SAs was closed for another. */
  private long madeRoomAt = Long.MIN_VALUE;

  private final IdentityProbe identityProbe = new IdentityProbe();
  private boolean removed;
  private boolean paused;
  private List<ChildSa> sending = List.of();
  private long rtt;
  private long rekeys;
  private long retransmits;

  /**
   * @param why null: the box has just been told of this peer
   */
  PeerSession(IkeContext context, IkePeer config, @Nullable IkeReason why) {
    this.context = context;
    this.config = config;
    this.backoff = new Backoff(context, Timing.REOPEN, Timing.REOPEN_CAP);
    this.pairs = new PairBook(context, this);
    boolean opens = config.role() != IkePeer.Role.RESPOND_ONLY;
    IkeReason reason = why;
    if (reason == null) {
      reason = opens ? Reasons.connecting(config) : Reasons.waiting(config);
    }
    IkeState first = opens ? IkeState.CONNECTING : IkeState.IDLE;
    this.standing = new Standing(context, config.name(), first, reason);
    if (opens) {
      nextAttempt = context.now();
    }
  }

  String name() {
    return config.name();
  }

  IkePeer config() {
    return config;
  }

  /** Equal to the one before, but for what may change under a standing tunnel: a fresh CRL. */
  void refresh(IkePeer equal) {
    config = equal;
  }

  boolean isRemoved() {
    return removed;
  }

  Standing standing() {
    return standing;
  }

  /** Policy-based selectors; empty where there are none. */
  PairBook pairs() {
    return pairs;
  }

  List<IkeSa> sas() {
    return sas;
  }

  /** The CHILD SA that is sent on, the first of several with different selectors. */
  @Nullable ChildSa outbound() {
    return sending.isEmpty() ? null : sending.getFirst();
  }

  /** Every CHILD SA that is sent on. */
  List<ChildSa> sending() {
    return sending;
  }

  // --- what the IKE SAs report ------------------------------------------------------------------

  void answered(Outstanding request) {
    if (!(request.exchange() instanceof SaInitExchange)
        && !(request.exchange() instanceof AuthExchange)) {
      abandonFreshAttempts();
    }
    if (request.sent() == 1) {
      rtt = context.now() - request.firstSent();
    }
  }

  void retransmitted() {
    retransmits++;
  }

  void aliveAt(long when) {
    if (when > aliveAt) {
      aliveAt = when;
      sas.forEach(sa -> sa.children().espCame(when));
    }
  }

  void sentAt(long when) {
    sentAt = Math.max(sentAt, when);
  }

  /** When ESP was sent last; {@link Long#MIN_VALUE} while none was. */
  long sentAt() {
    return sentAt;
  }

  /** A liveness check at once, or what is under way once more. */
  void ask() {
    ChildSa current = outbound();
    if (current != null) {
      current.ikeSa().ask();
    }
  }

  /**
   * Inbound ESP proves that the peer is alive, and with a single IKE SA that this one is; of
   * several, each must answer for itself.
   */
  long lastAlive(IkeSa sa) {
    int established = 0;
    for (IkeSa other : sas) {
      established += other.isEstablished() ? 1 : 0;
    }
    boolean alone = established <= 1;
    return alone ? Math.max(sa.lastHeard(), aliveAt) : sa.lastHeard();
  }

  /**
   * What stands is silent, perhaps because its address has another owner now, who knows nothing of
   * it: an IKE SA is tried beside it, and dropped again if the silent one answers first.
   */
  void openBeside() {
    boolean underWay = sas.stream().anyMatch(sa -> sa.phase() == IkeSa.Phase.CONNECTING);
    boolean lately =
        besideAt != Long.MIN_VALUE && context.now() - besideAt < Timing.BESIDE_INTERVAL;
    if (!removed && opens() && outbound() != null && !underWay && !lately) {
      besideAt = context.now();
      open();
    }
  }

  /** Stood until lately, so that its answer is awaited rather than hoped for. */
  boolean isMissed() {
    return standing.state() == IkeState.ESTABLISHED || context.now() < missedUntil;
  }

  /** Whether INITIAL_CONTACT is true: no other IKE SA with this peer stands. */
  boolean isOnlyContact(IkeSa opening) {
    return sas.stream()
        .noneMatch(
            sa -> sa != opening && (sa.isEstablished() || sa.phase() == IkeSa.Phase.REKEYED));
  }

  IdentityProbe identityProbe() {
    return identityProbe;
  }

  void established(IkeSa sa) {
    if (!sas.contains(sa)) {
      sas.add(sa);
    }
    nextAttempt = IkeContext.NEVER;
    if (!sa.initiator()) {
      abandonFreshAttempts();
    }
  }

  /** Whether the peer may have one more IKE SA beside those that stand. */
  boolean hasRoom() {
    boolean lately =
        madeRoomAt != Long.MIN_VALUE && context.now() - madeRoomAt < Timing.ROOM_INTERVAL;
    return !lately || sas.stream().filter(IkeSa::isEstablished).count() < Timing.SAS_PER_PEER;
  }

  /**
   * The peer was there first. An attempt that has not come to IKE_AUTH leaves nothing behind at the
   * peer but a half-open IKE SA, so it is dropped; a later one runs its course.
   */
  private void abandonFreshAttempts() {
    for (IkeSa sa : List.copyOf(sas)) {
      Outstanding outstanding = sa.channel().outstanding();
      if (sa.phase() == IkeSa.Phase.CONNECTING
          && outstanding != null
          && outstanding.exchange() instanceof SaInitExchange) {
        sa.end(Reasons.superseded(), false);
      }
    }
  }

  /** Too many: the one that was heard of longest ago goes, perhaps the peer has lost it. */
  void makeRoomFor(IkeSa fresh) {
    List<IkeSa> others = sas.stream().filter(sa -> sa.isEstablished() && sa != fresh).toList();
    if (others.size() >= Timing.SAS_PER_PEER) {
      madeRoomAt = context.now();
      standing.event(Reasons.tooMany());
      Collections.min(others, Comparator.comparingLong(IkeSa::lastHeard)).close(Reasons.tooMany());
    }
  }

  /** The peer claims to know no other IKE SA; those that were there before this one began go. */
  void initialContact(IkeSa fresh) {
    for (IkeSa sa : List.copyOf(sas)) {
      boolean older =
          sa != fresh
              && sa.phase() != IkeSa.Phase.CONNECTING
              && sa.origin().establishedAt() <= fresh.origin().createdAt();
      if (older) {
        sa.end(Reasons.initialContact(), false);
      }
    }
  }

  void ikeRekeyed() {
    rekeys++;
    standing.event(Reasons.ikeRekeyed());
  }

  void childRekeyed() {
    rekeys++;
    standing.event(Reasons.childRekeyed());
  }

  /** An attempt of ours failed before the IKE SA stood. */
  void attemptFailed(IkeSa sa, Failure failure) {
    failed(failure);
    sa.end(failure.reason(), false);
  }

  void failed(Failure failure) {
    if (!removed) {
      standing.failed(failure);
    }
  }

  /** Without anything that follows from it: only when even ending it fails. */
  void forget(IkeSa sa) {
    sas.remove(sa);
  }

  void ended(IkeSa sa, IkeReason reason) {
    sas.remove(sa);
    refresh(reason);
  }

  // --- what follows from it ---------------------------------------------------------------------

  /** Something about the SAs changed: choose what to send on, tell the state, plan the next try. */
  void refresh(IkeReason cause) {
    if (removed) {
      return;
    }
    pairs.watch();
    chooseOutbound();
    ChildSa outbound = outbound();
    if (outbound != null && standing.state() != IkeState.ESTABLISHED) {
      upSince = context.now();
      standing.enter(IkeState.ESTABLISHED, Reasons.established(config, outbound.ikeSa()));
    } else if (outbound == null && standing.state() == IkeState.ESTABLISHED) {
      if (context.now() - upSince >= Timing.STABLE) {
        backoff.reset();
      }
      missedUntil = context.in(Timing.RECALL_LONGEST);
      standing.enter(opens() ? IkeState.CONNECTING : IkeState.IDLE, cause);
    }
    plan(cause);
  }

  private void plan(IkeReason cause) {
    boolean underWay =
        sas.stream().anyMatch(sa -> sa.isEstablished() || sa.phase() == IkeSa.Phase.CONNECTING);
    if (opens() && !underWay && nextAttempt == IkeContext.NEVER) {
      // A peer that fell silent is called at once; one that sent us away, a little later.
      boolean atOnce =
          cause.code().equals("liveness-timeout") || isMissed() && cause.code().equals("no-answer");
      nextAttempt = atOnce ? context.now() : context.in(backoff.next());
    }
  }

  private boolean opens() {
    return !paused && config.role() != IkePeer.Role.RESPOND_ONLY;
  }

  /** Whether the peer may open. */
  boolean answers() {
    return !paused && config.role() != IkePeer.Role.INITIATE_ONLY;
  }

  /** Whether no CHILD SA is left on any IKE SA. */
  boolean lacksChild() {
    for (IkeSa sa : sas) {
      if (sa.isEstablished() && sa.children().hasLive()) {
        return false;
      }
    }
    return true;
  }

  /**
   * When we may send on a CHILD SA that we are about to make as responder on another IKE SA than
   * those that stand: at once when none of theirs carries the same; else that serves until the
   * initiator surely has this one, or seems to have lost the other.
   */
  long sendFrom(List<TrafficSelector> local, List<TrafficSelector> remote) {
    for (IkeSa sa : sas) {
      if (sa.isEstablished() && sa.children().carry(local, remote)) {
        return context.in(Timing.PARALLEL_SETTLE);
      }
    }
    return context.now();
  }

  private void chooseOutbound() {
    List<ChildSa> best = OutboundChoice.of(sas, context.now(), config.pairs().size());
    if (best.equals(sending)) {
      return;
    }
    sending = List.copyOf(best);
    if (!best.isEmpty()) {
      List<Integer> spis = best.stream().map(ChildSa::inboundSpi).toList();
      context.emit(
          new IkeAction.UseOutbound(config.name(), spis.getFirst(), spis.subList(1, spis.size())));
    }
  }

  // --- time -------------------------------------------------------------------------------------

  void tick() {
    for (IkeSa sa : List.copyOf(sas)) {
      sa.tick();
    }
    if (removed) {
      return;
    }
    pairs.watch();
    chooseOutbound();
    closeSurplus();
    if (context.now() >= nextAttempt) {
      nextAttempt = IkeContext.NEVER;
      open();
    }
  }

  private void open() {
    InetAddress local = config.local() != null ? config.local() : Ports.anyLike(config.remote());
    Channel channel = new Channel(context, true, context.newIkeSpi(), 0);
    IkeSa sa =
        new IkeSa(
            context,
            IkeSa.Phase.CONNECTING,
            channel,
            new IkePath(
                new InetSocketAddress(local, Ports.IKE),
                new InetSocketAddress(config.remote(), Ports.IKE)));
    sa.peer(this);
    sas.add(sa);
    sa.begin(new SaInitExchange(context, sa));
  }

  private void closeSurplus() {
    if (context.now() >= ParallelSas.closingDue(sas)) {
      for (IkeSa sa : ParallelSas.surplus(sas)) {
        standing.event(Reasons.surplus());
        sa.close(Reasons.surplus());
      }
    }
  }

  long deadline() {
    return removed ? IkeContext.NEVER : Math.min(nextAttempt, ParallelSas.closingDue(sas));
  }

  // --- the operator -----------------------------------------------------------------------------

  /** {@code tunnel rekey}. */
  void rekey(boolean ikeSa) {
    ChildSa current = outbound();
    if (current == null) {
      return;
    }
    if (ikeSa) {
      current.ikeSa().agenda().rekeyAt(context.now());
    } else {
      sending.forEach(child -> child.rekeyAt(context.now()));
    }
    current.ikeSa().tick();
  }

  /** Deletes everything. The IKE SAs live on until their DELETE is answered, without this peer. */
  void remove(IkeReason reason) {
    removed = true;
    nextAttempt = IkeContext.NEVER;
    standing.enter(IkeState.CLOSING, reason);
    for (IkeSa sa : List.copyOf(sas)) {
      sa.children().removeAll(reason.code());
      sa.close(reason);
    }
  }

  /**
   * Deletes its IKE SAs, each with what came with it once that is answered; opens none, and lets
   * the peer open none.
   */
  void pause(IkeReason reason) {
    paused = true;
    nextAttempt = IkeContext.NEVER;
    for (IkeSa sa : List.copyOf(sas)) {
      sa.close(reason);
    }
    refresh(reason);
    if (standing.state() != IkeState.IDLE && outbound() == null) {
      standing.enter(IkeState.IDLE, reason);
    }
  }

  boolean isPaused() {
    return paused;
  }

  void resume(IkeReason reason) {
    if (paused) {
      paused = false;
      if (opens() && outbound() == null) {
        backoff.reset();
        nextAttempt = context.now();
        standing.enter(IkeState.CONNECTING, reason);
      }
    }
  }

  /** The box goes down: one DELETE per IKE SA, nothing is waited for. */
  void shutDown(IkeReason reason) {
    removed = true;
    nextAttempt = IkeContext.NEVER;
    standing.enter(IkeState.CLOSING, reason);
    for (IkeSa sa : List.copyOf(sas)) {
      sa.lastWords();
      sa.end(reason, false);
    }
  }

  // --- status -----------------------------------------------------------------------------------

  IkeView view() {
    return PeerViews.of(this);
  }

  long rtt() {
    return rtt;
  }

  long rekeys() {
    return rekeys;
  }

  long retransmits() {
    return retransmits;
  }
}
