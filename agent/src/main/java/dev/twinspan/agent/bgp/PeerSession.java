package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.AttributeFault;
import dev.twinspan.agent.bgp.message.BgpMessage.Open;
import dev.twinspan.agent.bgp.message.BgpMessage.RouteRefresh;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.bgp.message.Bytes;
import dev.twinspan.agent.bgp.message.Capability.EnhancedRouteRefresh;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.bgp.message.Notification;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One peer: the connection that counts and, while two collide, the other; what the peer told and
 * what it was told.
 */
final class PeerSession {
  private final BgpContext context;
  private final Rib rib;
  private final Map<Long, Fsm> connections;
  private final AdjRibOut out;
  private final Retention retention;
  private final BgpPeer peer;
  private Fsm main;
  private @Nullable Fsm rival;
  private boolean stopped;

  /** Nothing is announced: what is here is to take another way. */
  private boolean quiet;

  /** Why nothing is tried, while that is so. */
  private @Nullable BgpReason waiting;

  private boolean overLimit;

  /** Answers to {@link #askAgain} that are still to come, one for each family asked for. */
  private int refreshes;

  PeerSession(BgpContext context, Rib rib, Map<Long, Fsm> connections, BgpPeer peer) {
    this.context = context;
    this.rib = rib;
    this.connections = connections;
    this.peer = peer;
    this.out = new AdjRibOut(peer);
    this.retention = new Retention(context, rib, peer.name());
    this.main = new Fsm(context, this);
  }

  BgpPeer peer() {
    return peer;
  }

  // --- events -----------------------------------------------------------------------------------

  void tick() {
    retention.tick();
    if (!stopped) {
      main.tick();
    }
    if (rival != null) {
      rival.tick();
    }
  }

  long deadline() {
    long due = stopped ? BgpContext.NEVER : main.deadline();
    return Math.min(
        Math.min(due, retention.deadline()), rival == null ? BgpContext.NEVER : rival.deadline());
  }

  /** The peer connected to us. Its fresh connection takes the place of an older one it made. */
  void accepted(long connection) {
    boolean damped = overLimit && context.now() < main.idleUntil();
    if (stopped || damped || peer.dial() == BgpPeer.Dial.ACTIVE) {
      context.emit(new BgpAction.Close(connection));
      return;
    }
    overLimit = false;
    boolean fresh = main.state() == BgpState.IDLE || main.state() == BgpState.ACTIVE;
    boolean olderOfIts = main.state() == BgpState.OPEN_SENT && !main.dialled();
    Fsm taker = main;
    if (olderOfIts) {
      main.hangUp();
    } else if (!fresh) {
      if (rival != null) {
        rival.hangUp();
      }
      taker = new Fsm(context, this);
      rival = taker;
    }
    connections.put(connection, taker);
    taker.adopt(connection);
  }

  /** RFC 4271 section 6.8. Ends the other connection when this one survives and it does not. */
  boolean survivesCollision(Fsm fsm, Open open) {
    Fsm other = fsm == main ? rival : main;
    if (other == null) {
      return true;
    }
    boolean young = context.now() - other.openedAt() < Timing.COLLISION;
    boolean oneEach = other.dialled() != fsm.dialled();
    return switch (other.state()) {
      case IDLE, CONNECT, ACTIVE -> true;
      // An established one that is not young is dead, or the peer would not ask for another; that
      // is certain when its KEEPALIVE comes, and then this one takes its place.
      case ESTABLISHED -> !(young && oneEach);
      case OPEN_SENT, OPEN_CONFIRM -> {
        boolean wins = !oneEach || !young || fsm.dialled() == keepOurs(open);
        if (wins) {
          other.end(
              Notification.of(Notification.CEASE, Notification.COLLISION), Reasons.collision());
        }
        yield wins;
      }
    };
  }

  /** The connection of the higher identifier, or of the higher ASN where they equal (RFC 6286). */
  private boolean keepOurs(Open open) {
    int order = Integer.compareUnsigned(peer.identifier(), open.identifier());
    return order != 0 ? order > 0 : peer.localAs() > peer.remoteAs();
  }

  void changed(Fsm fsm, BgpState before) {
    if (fsm.state() == BgpState.ESTABLISHED) {
      established(fsm);
    } else if (fsm.state() == BgpState.IDLE) {
      if (fsm == rival) {
        rival = null;
        return;
      }
      if (before == BgpState.ESTABLISHED) {
        lost(fsm);
      }
      if (overLimit) {
        fsm.idleAtLeast(Timing.LIMIT_WAIT);
      }
      if (rival != null) {
        tell(fsm);
        main = rival;
        rival = null;
      }
    }
    if (fsm == main) {
      tell(main);
    }
  }

  private void established(Fsm fsm) {
    Fsm other = fsm == main ? rival : main;
    if (other != null) {
      boolean replaces = other.state() == BgpState.ESTABLISHED;
      other.hangUp();
      if (replaces) {
        lost(other);
        context.emit(new BgpAction.Transition(peer.name(), BgpState.IDLE, Reasons.replaced()));
      }
    }
    main = fsm;
    rival = null;
    overLimit = false;
    retention.established(fsm);
    rib.up(peer);
    out.clear();
    out.announceAll(fsm, exported());
    fsm.codec().families().forEach(family -> fsm.send(Update.endOfRib(family)));
  }

  private void lost(Fsm fsm) {
    refreshes = 0;
    retention.lost(fsm);
  }

  /**
   * The tunnel's far end began anew, with keys that prove who it is: the same machine, or a standby
   * that knows nothing of the session and answers its segments with a reset. A KEEPALIVE brings
   * that out at once instead of after a third of the hold time, and what it told stays in use while
   * it is told again: the tunnel works.
   */
  void doubt() {
    if (main.state() == BgpState.ESTABLISHED) {
      retention.doubt();
      main.sendKeepalive();
    }
  }

  private void tell(Fsm fsm) {
    context.emit(new BgpAction.Transition(peer.name(), fsm.state(), fsm.reason()));
  }

  // --- routes -----------------------------------------------------------------------------------

  @Nullable Step update(Fsm fsm, Update update) {
    for (AttributeFault fault : update.faults()) {
      context.emit(
          new BgpAction.Notice(
              peer.name(),
              new BgpReason(
                  "malformed-attribute",
                  "%s: %s (%s)"
                      .formatted(fault.sentence(), words(fault.treatment()), fault.section()))));
    }
    Rib.Outcome outcome = rib.update(peer, update);
    outcome.notices().forEach(n -> context.emit(new BgpAction.Notice(peer.name(), n)));
    if (outcome.overLimit() && peer.limitAction() == BgpPeer.LimitAction.DROP) {
      overLimit = true;
      byte[] data =
          ByteBuffer.allocate(7)
              .putShort((short) 1)
              .put((byte) 1)
              .putInt(peer.maxPrefixes())
              .array();
      fsm.goodbye(new Notification(Notification.CEASE, Notification.MAX_PREFIXES, Bytes.of(data)));
      return new Step(new IdleState(), Reasons.overrun(peer));
    }
    return null;
  }

  private static String words(AttributeFault.Treatment treatment) {
    return switch (treatment) {
      case ATTRIBUTE_DISCARD -> "the attribute is ignored";
      case TREAT_AS_WITHDRAW -> "its prefixes are treated as withdrawn";
      case AFI_SAFI_DISABLE -> "its address family is ignored until the session is reset";
      case SESSION_RESET -> "the session is reset";
    };
  }

  void refresh(Fsm fsm, RouteRefresh refresh) {
    Family family = refresh.family();
    if (refresh.subtype() == RouteRefresh.END && fsm == main) {
      refreshes = Math.max(0, refreshes - 1);
    }
    if (family == null || refresh.subtype() != RouteRefresh.REQUEST) {
      return;
    }
    Open open = fsm.open();
    boolean enhanced = open != null && open.has(EnhancedRouteRefresh.class);
    if (enhanced) {
      fsm.send(new RouteRefresh(family, RouteRefresh.BEGIN));
    }
    out.announceAgain(fsm, family);
    if (enhanced) {
      fsm.send(new RouteRefresh(family, RouteRefresh.END));
    }
  }

  void exportChanged() {
    if (main.state() == BgpState.ESTABLISHED) {
      out.announceAll(main, exported());
    }
  }

  private Map<Nlri, Provenance> exported() {
    return quiet ? Map.of() : rib.export();
  }

  /** Takes back what was announced, and announces nothing until {@link #announce}. */
  void withdraw() {
    quiet = true;
    exportChanged();
  }

  void announce() {
    quiet = false;
    exportChanged();
  }

  /** Asks the peer for all its routes again (RFC 2918). */
  void askAgain() {
    if (main.state() == BgpState.ESTABLISHED) {
      refreshes += main.codec().families().size();
      main.codec().families().forEach(f -> main.send(new RouteRefresh(f, RouteRefresh.REQUEST)));
    }
  }

  /**
   * Whether the peer has still to answer that it told all its routes again (End-of-Route-Refresh,
   * RFC 7313): until then it may not have taken in what it was told before it was asked. A peer
   * without that capability never answers.
   */
  boolean awaitsRefresh() {
    return refreshes > 0;
  }

  // --- commands ---------------------------------------------------------------------------------

  /**
   * @param answer null: the path to the peer is gone, nothing can be said
   */
  void reset(@Nullable Notification answer, BgpReason why) {
    refreshes = 0;
    for (Fsm fsm : rival == null ? List.of(main) : List.of(rival, main)) {
      if (fsm.connection() != 0 || fsm.state() == BgpState.ESTABLISHED) {
        fsm.peerSaidGoodbye();
        fsm.end(answer, why);
      }
    }
    retention.forget();
  }

  void stop(@Nullable Notification answer, BgpReason why) {
    stopped = true;
    reset(answer, why);
    waiting = why;
  }

  /** As {@link #stop}, where nothing can be said. */
  void await(BgpReason why) {
    stop(null, why);
  }

  void start() {
    stopped = false;
    waiting = null;
    main.wake();
  }

  boolean mayDial(Fsm fsm) {
    return !stopped && fsm == main && peer.dial() != BgpPeer.Dial.PASSIVE;
  }

  void register(Fsm fsm) {
    connections.put(fsm.connection(), fsm);
  }

  void unregister(long connection) {
    connections.remove(connection);
  }

  BgpView view() {
    boolean up = main.state() == BgpState.ESTABLISHED;
    return new BgpView(
        peer.name(),
        main.state(),
        main.since(),
        waiting == null ? main.reason() : waiting,
        up ? main.holdSeconds() : 0,
        rib.received(peer.name()),
        rib.accepted(peer.name()),
        rib.stale(peer.name()),
        up ? out.size() : 0);
  }
}
