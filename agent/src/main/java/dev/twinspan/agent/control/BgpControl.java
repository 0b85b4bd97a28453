package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.BgpAction;
import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.BgpReason;
import dev.twinspan.agent.bgp.BgpState;
import dev.twinspan.agent.bgp.ExportPolicy;
import dev.twinspan.agent.bgp.ImportPolicy;
import dev.twinspan.agent.bgp.Provenance;
import dev.twinspan.agent.bgp.RouteSet;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.BgpPeers;
import dev.twinspan.agent.status.BgpSession;
import java.net.InetAddress;
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
final class BgpControl implements AutoCloseable, BgpSpeaker.Owner {
  /** For the peers to read our Cease; their answer is the end of their side of the connection. */
  private static final long GOODBYE_NANOS = 500_000_000L;

  private static final long LOOK_NANOS = 2_000_000L;

  private final BgpEngine engine;
  private final BgpSpeaker speaker;
  private final BgpNews news;
  private final BgpEdge edge;
  private final Predicate<String> carries;
  private final Listener listener;
  private final Map<String, BgpPeer> peers = new LinkedHashMap<>();
  private final Map<String, Boolean> tunnels = new LinkedHashMap<>();
  private ExportPolicy exported = ExportPolicy.passingOn(Map.of());
  private Map<Nlri, Provenance> fromLan = Map.of();
  private @Nullable AgentConfig config;
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
    this.speaker = new BgpSpeaker(engine, news, edge, wake, this);
  }

  /** Takes a configuration; sessions whose settings did not change stay up. */
  void configure(long now, AgentConfig next) {
    config = next;
    peers.clear();
    Set<InetAddress> local = new LinkedHashSet<>();
    for (BgpPeer peer : BgpPeers.of(next)) {
      peers.put(peer.name(), peer);
      local.add(peer.local());
    }
    tunnels.keySet().retainAll(peers.keySet());
    listen(local);
    exported = BgpPeers.exported(next, fromLan);
    ImportPolicy imported = BgpPeers.imported(next);
    perform(
        now,
        engine.configure(now, List.copyOf(peers.values()), _ -> imported, exported, _ -> false));
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
    tellLimits(now);
  }

  private void tellLimits(long now) {
    if (!peers.isEmpty()) {
      exported.notices().forEach(notice -> news.notice(now, null, notice));
    }
  }

  /** Announces what routers on the LAN tell of beside what is configured. */
  void announce(long now, Map<Nlri, Provenance> learnt) {
    fromLan = learnt;
    if (config != null) {
      exported = BgpPeers.exported(config, learnt);
      perform(now, engine.export(now, exported));
      tellLimits(now);
    }
  }

  private void listen(Set<InetAddress> local) {
    if (local.isEmpty() || !speaker.idle()) {
      return; // Other addresses need a restart: see Reload.
    }
    edge.own(local);
    speaker.listen(
        local, "bgp-not-listening", "peers are dialled only: end the program that has the port");
  }

  long nextDeadline() {
    return speaker.nextDeadline();
  }

  /** Takes reports and the time. Returns whether reports are left. */
  boolean turn(long now) {
    return speaker.turn(now);
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

  /** The tunnel's far end began anew: see {@link BgpEngine#farEndBeganAnew}. */
  void farEndBeganAnew(long now, String tunnel) {
    perform(now, engine.farEndBeganAnew(now, tunnel));
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
    return speaker.hasTold(now, peer);
  }

  /** Whether a session with one of these peers is established. */
  boolean established(Predicate<String> peer) {
    return speaker.established(peer);
  }

  private void perform(long now, List<BgpAction> actions) {
    speaker.perform(now, actions);
  }

  @Override
  public void routes(RouteSet next) {
    routes = next;
  }

  @Override
  public void transition(long now, BgpAction.Transition transition) {
    String name = transition.peer();
    if (transition.state() == BgpState.ESTABLISHED) {
      established.add(name);
      listener.established(now, name);
    } else if (established.remove(name)
        && transition.reason().code().equals(BgpReason.CEASE_RECEIVED)) {
      listener.ceased(now, name, "BGP: " + transition.reason().sentence());
    }
  }

  @Override
  public @Nullable BgpPeer peer(String name) {
    return peers.get(name);
  }

  /**
   * Cease to all, and a moment for them to hear it: their tunnels are still there.
   *
   * @param clock the loop's
   */
  void shutdown(LongSupplier clock) {
    long now = clock.getAsLong();
    perform(now, engine.shutdown(now, "this box goes down"));
    while (!speaker.quiet() && clock.getAsLong() - now < GOODBYE_NANOS) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /**
   * @param at from the loop's clock to the wall's
   */
  List<BgpSession> status(LongFunction<java.time.Instant> at) {
    return speaker.status(exported, at);
  }

  @Override
  public void close() {
    speaker.close();
    edge.close();
  }
}
