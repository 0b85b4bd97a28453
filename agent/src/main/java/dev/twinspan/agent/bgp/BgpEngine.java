package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.Notification;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * The BGP speaker: bytes, events and time in, actions out. Times are nanoseconds on a clock that
 * never runs backwards. One thread.
 */
public final class BgpEngine {
  private final BgpContext context;
  private final Rib rib;
  private final Map<String, PeerSession> sessions = new LinkedHashMap<>();
  private final Map<Long, Fsm> connections = new HashMap<>();

  /**
   * @param random for jitter
   */
  public BgpEngine(RandomGenerator random) {
    this(random, new Rib());
  }

  /** For tests that plant a bug. */
  BgpEngine(RandomGenerator random, Rib rib) {
    this.context = new BgpContext(random);
    this.rib = rib;
  }

  /** Takes a new configuration; sessions of peers that did not change stay up. */
  public List<BgpAction> configure(
      long now, List<BgpPeer> peers, ImportPolicy imported, ExportPolicy exported) {
    return configure(now, peers, _ -> imported, exported, _ -> true);
  }

  /**
   * As the other.
   *
   * @param imported what is taken of each peer
   * @param reachable of a peer's name: false lets a new one wait for {@link #tunnelUp}
   */
  public List<BgpAction> configure(
      long now,
      List<BgpPeer> peers,
      Function<BgpPeer, ImportPolicy> imported,
      ExportPolicy exported,
      Predicate<String> reachable) {
    return call(
        now,
        () -> {
          rib.configure(imported, exported.told());
          Map<String, BgpPeer> wanted = new LinkedHashMap<>();
          peers.forEach(peer -> wanted.put(peer.name(), peer));
          for (PeerSession session : List.copyOf(sessions.values())) {
            BgpPeer next = wanted.get(session.peer().name());
            if (!Objects.equals(next, session.peer())) {
              remove(session, next == null);
            }
          }
          for (BgpPeer peer : wanted.values()) {
            PeerSession old = sessions.get(peer.name());
            if (old == null) {
              PeerSession session = new PeerSession(context, rib, connections, peer);
              sessions.put(peer.name(), session);
              if (!reachable.test(peer.name())) {
                session.await(Reasons.tunnelDown());
              }
            } else {
              old.exportChanged();
            }
          }
          sessions.values().forEach(PeerSession::tick);
        });
  }

  private void remove(PeerSession session, boolean forGood) {
    int subcode = forGood ? Notification.PEER_DECONFIGURED : Notification.CONFIGURATION_CHANGE;
    session.stop(
        Notification.of(Notification.CEASE, subcode),
        new BgpReason("configuration-changed", "the peer's configuration changed"));
    sessions.remove(session.peer().name());
    rib.forget(session.peer().name());
  }

  /** What all peers are told from now on. */
  public List<BgpAction> export(long now, ExportPolicy exported) {
    return call(
        now,
        () -> {
          rib.export(exported.told());
          sessions.values().forEach(PeerSession::exportChanged);
        });
  }

  // --- from the transport -----------------------------------------------------------------------

  /** A connection that {@link BgpAction.Dial} asked for is there. */
  public List<BgpAction> connected(long now, long connection) {
    return on(now, connection, Fsm::connected);
  }

  /**
   * Somebody connected.
   *
   * @param connection its number, negative
   */
  public List<BgpAction> accepted(
      long now, long connection, InetAddress local, InetAddress remote) {
    return call(
        now,
        () -> {
          for (PeerSession session : sessions.values()) {
            if (session.peer().remote().equals(remote) && session.peer().local().equals(local)) {
              session.accepted(connection);
              return;
            }
          }
          context.emit(new BgpAction.Close(connection));
        });
  }

  /** Bytes came. */
  public List<BgpAction> received(long now, long connection, byte[] bytes) {
    return on(now, connection, fsm -> fsm.received(bytes));
  }

  /** A connection ended, or could not be made, without {@link BgpAction.Close}. */
  public List<BgpAction> closed(long now, long connection, String why) {
    return call(
        now,
        () -> {
          Fsm fsm = connections.remove(connection);
          if (fsm != null) {
            fsm.closed(why);
          }
        });
  }

  // --- time -------------------------------------------------------------------------------------

  public List<BgpAction> tick(long now) {
    return call(now, () -> new ArrayList<>(sessions.values()).forEach(PeerSession::tick));
  }

  /** When {@link #tick} is wanted next; {@link Long#MAX_VALUE}: not before something happens. */
  public long nextDeadline() {
    long due = BgpContext.NEVER;
    for (PeerSession session : sessions.values()) { // asked for several times a turn
      due = Math.min(due, session.deadline());
    }
    return due;
  }

  // --- commands ---------------------------------------------------------------------------------

  /**
   * The tunnel lost its last CHILD SA: the session ends in silence, and nothing is tried until
   * {@link #tunnelUp}.
   */
  public List<BgpAction> tunnelLost(long now, String peer) {
    return command(now, peer, session -> session.await(Reasons.tunnelDown()));
  }

  /** The tunnel carries again: no wait goes on for old failures. */
  public List<BgpAction> tunnelUp(long now, String peer) {
    return command(
        now,
        peer,
        session -> {
          session.start();
          session.tick();
        });
  }

  /**
   * The tunnel's far end began anew, perhaps on another machine: whether that knows the session is
   * found out at once, and if it does not, its routes stay until it has told them again.
   */
  public List<BgpAction> farEndBeganAnew(long now, String peer) {
    return command(now, peer, PeerSession::doubt);
  }

  /** Cease, Administrative Reset, with words for the other side's operator. */
  public List<BgpAction> reset(long now, String peer, String message) {
    return command(
        now,
        peer,
        session ->
            session.reset(
                Notification.cease(Notification.ADMIN_RESET, message),
                new BgpReason("reset-by-operator", message)));
  }

  /** Cease, Administrative Shutdown; nothing is tried until {@link #tunnelUp}. */
  public List<BgpAction> stop(long now, String peer, String message) {
    return command(
        now,
        peer,
        session ->
            session.stop(
                Notification.cease(Notification.ADMIN_SHUTDOWN, message),
                new BgpReason("stopped-by-operator", message)));
  }

  /**
   * Takes back everything announced to the peer, so that its traffic takes another way; routes
   * learnt from it stay. Until {@link #announce}.
   */
  public List<BgpAction> withdraw(long now, String peer) {
    return command(now, peer, PeerSession::withdraw);
  }

  /** Announces again; the other of {@link #withdraw}. */
  public List<BgpAction> announce(long now, String peer) {
    return command(now, peer, PeerSession::announce);
  }

  /** Ends every session. */
  public List<BgpAction> shutdown(long now, String message) {
    List<BgpAction> actions = new ArrayList<>();
    sessions.keySet().forEach(peer -> actions.addAll(stop(now, peer, message)));
    return actions;
  }

  /**
   * Asks a peer to announce everything again. Its answer proves that it has taken in all that it
   * was told before: messages of a session are read in order.
   */
  public List<BgpAction> refresh(long now, String peer) {
    return command(now, peer, PeerSession::askAgain);
  }

  /** Whether a peer has still to answer {@link #refresh}; see there. */
  public boolean awaitsRefresh(String peer) {
    PeerSession session = sessions.get(peer);
    return session != null && session.awaitsRefresh();
  }

  public List<BgpView> views() {
    return sessions.values().stream().map(PeerSession::view).toList();
  }

  /** TCP connections held or asked for. */
  public int connections() {
    return connections.size();
  }

  private List<BgpAction> command(long now, String peer, Consumer<PeerSession> what) {
    return call(
        now,
        () -> {
          PeerSession session = sessions.get(peer);
          if (session != null) {
            what.accept(session);
          }
        });
  }

  private List<BgpAction> on(long now, long connection, Consumer<Fsm> what) {
    return call(
        now,
        () -> {
          Fsm fsm = connections.get(connection);
          if (fsm != null) {
            what.accept(fsm);
          }
        });
  }

  /** Routes are settled once, behind everything a call brought. */
  private List<BgpAction> call(long now, Runnable what) {
    context.begin(now);
    what.run();
    RouteSet routes = rib.settle();
    if (routes != null) {
      context.emit(new BgpAction.RoutesChanged(routes));
    }
    return context.take();
  }
}
