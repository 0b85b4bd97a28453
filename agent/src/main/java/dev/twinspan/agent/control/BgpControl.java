package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.BgpAction;
import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.BgpReason;
import dev.twinspan.agent.bgp.BgpState;
import dev.twinspan.agent.bgp.BgpTransport;
import dev.twinspan.agent.bgp.BgpView;
import dev.twinspan.agent.bgp.ExportPolicy;
import dev.twinspan.agent.bgp.RouteSet;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.BgpPeers;
import dev.twinspan.agent.status.BgpSession;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Runs the BGP core in the control loop: feeds it what the transport reports, the time and the
 * tunnels' comings and goings, and carries out what it asks for. Owned by the control loop.
 */
final class BgpControl implements AutoCloseable {
  /** Reports taken per turn, so that a talkative peer cannot starve IKE. */
  private static final int REPORTS_PER_TURN = 64;

  /** For the peers to read our Cease; their answer is the end of their side of the connection. */
  private static final long GOODBYE_NANOS = 500_000_000L;

  /** 4,000 prefixes come within a second or two; End-of-RIB is not sent by all. */
  private static final long TOLD_NANOS = 30_000_000_000L;

  private static final long LOOK_NANOS = 2_000_000L;

  private final BgpEngine engine;
  private final BgpReports reports;
  private final BgpNews news;
  private final BgpEdge edge;
  private final Predicate<String> carries;
  private final Listener listener;
  private final Map<String, BgpPeer> peers = new LinkedHashMap<>();
  private final Map<String, Boolean> tunnels = new LinkedHashMap<>();
  private ExportPolicy exported = new ExportPolicy(List.of(), List.of());
  private @Nullable BgpTransport transport;
  private @Nullable RouteSet routes;

  /** Peers that are told to send elsewhere. */
  private final Set<String> withdrawn = new HashSet<>();

  private final Set<String> established = new HashSet<>();

  /** Who wants to know how the sessions of tunnels end and begin. */
  interface Listener {
    /**
     * The peer ended its session on purpose.
     *
     * @param why beginning of a sentence: who said what
     */
    void ceased(long now, String tunnel, String why);

    void established(long now, String tunnel);
  }

  /**
   * @param carries whether the tunnel of that name has a CHILD SA
   * @param wake makes the loop take a turn; any thread
   */
  BgpControl(
      BgpEngine engine,
      EventRing events,
      BgpEdge edge,
      Predicate<String> carries,
      Listener listener,
      Runnable wake) {
    this.engine = engine;
    this.news = new BgpNews(events);
    this.edge = edge;
    this.carries = carries;
    this.listener = listener;
    this.reports = new BgpReports(wake);
  }

  /** Takes a configuration; sessions whose settings did not change stay up. */
  void configure(long now, AgentConfig config) {
    peers.clear();
    Set<InetAddress> local = new LinkedHashSet<>();
    for (BgpPeer peer : BgpPeers.of(config)) {
      peers.put(peer.name(), peer);
      local.add(peer.local());
    }
    tunnels.keySet().retainAll(peers.keySet());
    listen(local);
    exported = BgpPeers.exported(config);
    perform(
        now,
        engine.configure(
            now, List.copyOf(peers.values()), BgpPeers.imported(config), exported, _ -> false));
    for (String name : peers.keySet()) {
      // What is new waits for its tunnel; what is known and changed began anew and waits, too.
      if (tunnels.getOrDefault(name, false)) {
        perform(now, engine.tunnelUp(now, name));
      } else {
        tunnels.putIfAbsent(name, false);
      }
    }
    withdrawn.retainAll(peers.keySet());
    withdrawn.forEach(name -> perform(now, engine.withdraw(now, name)));
    if (!peers.isEmpty()) {
      exported.notices().forEach(notice -> news.notice(now, null, notice));
    }
  }

  private void listen(Set<InetAddress> local) {
    if (local.isEmpty() || transport != null) {
      return; // Other addresses need a restart: see Reload.
    }
    edge.own(local);
    try {
      transport = edge.listen(local, reports);
    } catch (IOException e) {
      news.warn(
          "bgp-not-listening",
          e.getMessage() + "; peers are dialled only: end the program that has the port");
      transport = edge.dialOnly(reports);
    }
  }

  long nextDeadline() {
    return engine.nextDeadline();
  }

  /** Takes reports and the time. Returns whether reports are left. */
  boolean turn(long now) {
    for (int i = 0; i < REPORTS_PER_TURN; i++) {
      BgpReports.Report report = reports.poll();
      if (report == null) {
        if (now >= engine.nextDeadline()) {
          perform(now, engine.tick(now));
        }
        return false;
      }
      perform(now, report.tell(engine, now));
    }
    return true;
  }

  /** Sessions come and go with the first and the last CHILD SA of their tunnels. */
  void follow(long now) {
    for (Map.Entry<String, Boolean> tunnel : tunnels.entrySet()) {
      boolean up = carries.test(tunnel.getKey());
      if (up != tunnel.getValue()) {
        tunnel.setValue(up);
        perform(
            now,
            up ? engine.tunnelUp(now, tunnel.getKey()) : engine.tunnelLost(now, tunnel.getKey()));
      }
    }
  }

  /** The routes, when they changed since the last call; else null. */
  @Nullable RouteSet newRoutes() {
    RouteSet taken = routes;
    routes = null;
    return taken;
  }

  /** Whether BGP is to be spoken through that tunnel. */
  boolean expects(String tunnel) {
    return peers.containsKey(tunnel);
  }

  /** Whether the session of that tunnel is up. */
  boolean speaks(String tunnel) {
    return established(tunnel::equals);
  }

  /** Tells the tunnel's peer to send elsewhere. */
  void withdraw(long now, String tunnel) {
    if (peers.containsKey(tunnel)) {
      withdrawn.add(tunnel);
      perform(now, engine.withdraw(now, tunnel));
    }
  }

  /** Ends the tunnel's session with words. */
  void farewell(long now, String tunnel) {
    perform(now, engine.stop(now, tunnel, "tunnel drained"));
  }

  /** The other of {@link #withdraw} and {@link #farewell}. */
  void welcome(long now, String tunnel) {
    if (withdrawn.remove(tunnel)) {
      perform(now, engine.announce(now, tunnel));
      if (tunnels.getOrDefault(tunnel, false)) {
        perform(now, engine.tunnelUp(now, tunnel));
      }
    }
  }

  /** Whether a session with one of these peers has had the time to tell all its routes. */
  boolean hasTold(long now, Predicate<String> peer) {
    return engine.views().stream()
        .anyMatch(
            view ->
                view.state() == BgpState.ESTABLISHED
                    && now - view.since() >= TOLD_NANOS
                    && peer.test(view.peer()));
  }

  /** Whether a session with one of these peers is established. */
  boolean established(Predicate<String> peer) {
    return engine.views().stream()
        .anyMatch(view -> view.state() == BgpState.ESTABLISHED && peer.test(view.peer()));
  }

  private void perform(long now, List<BgpAction> actions) {
    for (BgpAction action : actions) {
      BgpTransport out = transport;
      switch (action) {
        case BgpAction.RoutesChanged(RouteSet next) -> routes = next;
        case BgpAction.Transition transition -> {
          news.transition(now, peer(transition), transition);
          tell(now, transition);
        }
        case BgpAction.Notice(String peer, BgpReason reason) -> news.notice(now, peer, reason);
        case BgpAction.Dial dial when out != null -> out.dial(dial);
        case BgpAction.Send(long connection, byte[] bytes) when out != null ->
            out.send(connection, bytes);
        case BgpAction.Close(long connection) when out != null -> out.hangUp(connection);
        case BgpAction.Dial _, BgpAction.Send _, BgpAction.Close _ ->
            throw new IllegalStateException("no transport for " + action);
      }
    }
  }

  private void tell(long now, BgpAction.Transition transition) {
    String name = transition.peer();
    if (transition.state() == BgpState.ESTABLISHED) {
      established.add(name);
      listener.established(now, name);
    } else if (established.remove(name)
        && transition.reason().code().equals(BgpReason.CEASE_RECEIVED)) {
      listener.ceased(now, name, "BGP: " + transition.reason().sentence());
    }
  }

  private @Nullable BgpPeer peer(BgpAction.Transition transition) {
    return peers.get(transition.peer());
  }

  /**
   * Cease to all, and a moment for them to hear it: their tunnels are still there.
   *
   * @param clock the loop's
   */
  void shutdown(LongSupplier clock) {
    long now = clock.getAsLong();
    perform(now, engine.shutdown(now, "this box goes down"));
    BgpTransport out = transport;
    while (out != null && !out.quiet() && clock.getAsLong() - now < GOODBYE_NANOS) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /**
   * @param at from the loop's clock to the wall's
   */
  List<BgpSession> status(LongFunction<java.time.Instant> at) {
    List<BgpSession> sessions = new ArrayList<>();
    for (BgpView view : engine.views()) {
      BgpPeer peer = peers.get(view.peer());
      if (peer != null) {
        sessions.add(news.status(view, peer, exported, at));
      }
    }
    return sessions;
  }

  @Override
  public void close() {
    reports.close();
    if (transport != null) {
      transport.close();
    }
    edge.close();
  }
}
