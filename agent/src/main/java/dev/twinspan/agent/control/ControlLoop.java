package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.RouteSet;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.ConnectionConfig.Routing;
import dev.twinspan.agent.config.IkePeers;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.ike.SpiSpread;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.tunnel.TunnelSet;
import dev.twinspan.datapath.IkeDatagram;
import dev.twinspan.datapath.InboundSa;
import dev.twinspan.datapath.PacketEngine;
import dev.twinspan.ffi.crypto.EspBackend;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer of all control state. Runs the IKE core, carries out what it asks for, publishes
 * snapshots to the datapath, and copies the state out for whoever asks.
 *
 * <pre>
 *   datapath worker ──IKE datagrams (bounded)──▶ ┌──────────────┐ ──Snapshot──▶ datapath worker
 *   HTTP, signals  ──mailbox (bounded)─────────▶ │ control loop │ ──routes────▶ kernel
 *   BGP transport  ──reports (bounded)─────────▶ │              │
 *   the clock of its edges ─────────────────────▶ └──────────────┘ ──AgentStatus (volatile)──▶ any reader
 * </pre>
 *
 * A plain thread with a bounded mailbox rather than an event loop: the sockets it would wait on
 * belong to the datapath.
 */
class ControlLoop {
  private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);

  /** IKE datagrams taken per turn, so that a flood cannot starve timers and commands. */
  private static final int IKE_PER_TURN = 64;

  private static final long SECOND = 1_000_000_000L;
  private static final long TAKE_UP_MILLIS = 50;

  /**
   * How often the paths of ESP are looked at while packets pass, for which there are turns: a NAT's
   * new mapping is followed that soon.
   */
  private static final long LOOK = SECOND / 5;

  private final Mailbox mailbox;
  private final EventRing events;
  private final LongSupplier clock;
  private final EspBackend backend;
  private final IkeEngine engine;
  private final PacketEngine datapath;
  private final KernelRoutes kernel;
  private final StatusBuilder statusBuilder;
  private final TunnelTable table;
  private final BgpControl bgp;
  private final TunnelCommands commands;
  private final Drills drills;
  private final Observation observation;
  private final TunnelWatch watch;
  private final Captures captures;
  private final VrrpState vrrp = new VrrpState();
  private final SiteControl site;
  private final IkeKnowledge knowledge;
  private final List<IkeAction> firstActions;
  private AgentConfig config;

  /** Of the last snapshot. */
  private CompletableFuture<Void> takenUp = CompletableFuture.completedFuture(null);

  private boolean changed = true;
  private long nextSecond;
  private long nextLook;
  private volatile boolean anyExhausted;
  private final Set<String> faultsTold = new HashSet<>();
  private volatile boolean stopping;
  private volatile long turnedAt;
  private volatile AgentStatus status;

  ControlLoop(
      AgentConfig config,
      Mailbox mailbox,
      EspBackend backend,
      Cores cores,
      Edges edges,
      StatusBuilder statusBuilder) {
    this.config = config;
    this.mailbox = mailbox;
    this.backend = backend;
    this.engine = cores.ike();
    this.datapath = edges.packets();
    this.kernel = edges.kernel();
    this.events = edges.events();
    this.clock = edges.clock();
    TunnelSet selection = cores.tunnels();
    this.table = new TunnelTable(config, selection);
    engine.spread(new SpiSpread(datapath.loops(), name -> datapath.receivingLoop(table.id(name))));
    this.knowledge = new IkeKnowledge(engine, datapath, table, mailbox::wake);
    this.bgp =
        new BgpControl(
            cores.bgp(), events, edges.bgp(), table::carries, new Announcements(), mailbox::wake);
    this.site = new SiteControl(cores.site(), events, edges.bgp(), mailbox::wake);
    this.watch =
        new TunnelWatch(
            selection,
            table,
            engine,
            bgp,
            datapath,
            events,
            clock,
            this::perform,
            () -> changed = true);
    this.drills = new Drills(config, table, watch, bgp, datapath, events, clock);
    watch.configure(config);
    this.commands = new TunnelCommands(table, engine, watch, clock, this::perform);
    this.observation = new Observation(table, engine, kernel, events, this::perform);
    this.captures = new Captures(table, engine, datapath, events, config.crypto(), this::perform);
    this.firstActions = engine.configure(clock.getAsLong(), IkePeers.of(config));
    this.statusBuilder = statusBuilder;
    this.status = build(clock.getAsLong());
    this.turnedAt = clock.getAsLong();
  }

  AgentStatus status() {
    return status;
  }

  /** When the last {@link #turn} began. Any thread. */
  long turnedAt() {
    return turnedAt;
  }

  /** To be used on the loop alone. */
  TunnelCommands commands() {
    return commands;
  }

  /** To be used on the loop alone. */
  Drills drills() {
    return drills;
  }

  /** To be used on the loop alone. */
  Captures captures() {
    return captures;
  }

  /** The thread's body: until {@link #stop}. */
  void run() throws InterruptedException {
    begin();
    while (!stopping) {
      turn(mailbox.take(nextTurn() - clock.getAsLong()));
    }
    end();
  }

  /** Before the first {@link #turn}. */
  void begin() {
    nextSecond = clock.getAsLong();
    nextLook = nextSecond;
    kernel.configure(table.outerEnds(), TunnelSource.of(config));
    kernel.reconcile(table.routes().tunnelled(), table.routes().reachable());
    perform(firstActions);
    bgp.configure(clock.getAsLong(), config);
    vrrp.configure(config);
    site.configure(clock.getAsLong(), config);
    kernel
        .forwardingAdvice(config.lan().prefixes().stream().anyMatch(Prefix::isIpv6))
        .ifPresent(advice -> events.add(null, "ip-forward-off", advice, null));
  }

  /** After the last {@link #turn}. */
  void end() {
    vrrp.tell(false);
    site.shutdown(clock.getAsLong());
    bgp.shutdown(clock);
    captures.close();
    perform(engine.shutdown(clock.getAsLong()));
    bgp.close();
    site.close();
    vrrp.close();
    kernel.removeAll();
  }

  /** Ends {@link #run} after the current turn: SAs deleted, routes taken away. */
  void stop() {
    stopping = true;
    mailbox.wake();
  }

  /** When {@link #turn} is due at the latest. */
  long nextTurn() {
    long speaking = Math.min(bgp.nextDeadline(), site.nextDeadline());
    long deadline = Math.min(Math.min(engine.nextDeadline(), speaking), watch.nextLook());
    deadline = Math.min(deadline, drills.nextLook());
    return Math.min(deadline, nextSecond);
  }

  /**
   * One round through everything.
   *
   * @param task somebody's command; null: none
   */
  void turn(@Nullable Runnable task) {
    turnedAt = clock.getAsLong();
    if (task != null) {
      task.run();
    }
    if (anyExhausted) {
      anyExhausted = false;
      observation.replaceExhausted(clock.getAsLong());
    }
    boolean more = takeIke();
    long now = clock.getAsLong();
    knowledge.takeCame(spi -> perform(engine.peerIsAhead(now, spi)));
    if (now - engine.nextDeadline() >= 0) {
      perform(engine.tick(now));
    }
    watch.look(now);
    drills.look(now);
    if (now - nextLook >= 0) {
      observation.lookAtPaths(now);
      captures.look();
      nextLook = now + LOOK;
    }
    if (now - nextSecond >= 0) {
      observation.everySecond(now);
      statusBuilder.sample(table, datapath, now);
      refreshStatus(now);
      nextSecond = now + SECOND;
    }
    knowledge.tellWhoIsKnown();
    // What a tunnel that went has carried moves at once; BGP draws its own conclusions after that.
    publish();
    more |= speak(now);
    publish();
    knowledge.tellWhoIsAwaited();
    if (more) {
      mailbox.wake();
    }
  }

  /** Lets BGP take its turn. Returns whether more of its reports are left. */
  private boolean speak(long now) {
    boolean more = bgp.turn(now);
    bgp.follow(now);
    RouteSet routes = bgp.newRoutes();
    if (routes != null) {
      table.routes().learn(routes, this::speaks);
      changed = true;
    }
    SiblingRoutes before = site.learnt();
    LanRoutes lanBefore = site.lan();
    more |= site.turn(now);
    changed |= site.settle(now);
    if (site.guardsMore() && knowsAll()) {
      site.ownKnowledge();
    }
    if (site.learnt() != before) {
      table.elsewhere(!site.learnt().reachable().isEmpty());
      changed = true;
    }
    if (site.lan() != lanBefore) {
      takeLan(now);
    }
    return more;
  }

  private void takeLan(long now) {
    table.routes().onLan(site.lan().ways().keySet());
    bgp.announce(now, site.lan().passedOn());
    changed = true;
  }

  /** What a peer announces by BGP concerns its tunnel's flows at once. */
  private final class Announcements implements BgpControl.Listener {
    @Override
    public void ceased(long now, String tunnel, String why) {
      if (table.names().contains(tunnel)) {
        watch.leaving(now, tunnel, why);
      }
    }

    @Override
    public void established(long now, String tunnel) {
      if (table.names().contains(tunnel)) {
        watch.stays(now, tunnel, "its BGP session is up again");
      }
    }
  }

  /** Whether Azure has told us itself of all that lies behind each gateway. */
  private boolean knowsAll() {
    List<String> told =
        config.connections().stream()
            .filter(connection -> connection.routing() == Routing.BGP)
            .map(ConnectionConfig::name)
            .toList();
    return !told.isEmpty() && told.stream().allMatch(this::speaks);
  }

  private boolean speaks(String connection) {
    return bgp.hasTold(clock.getAsLong(), peer -> peer.startsWith(connection + "/"));
  }

  /** Returns whether datagrams are left. */
  private boolean takeIke() {
    for (int i = 0; i < IKE_PER_TURN; i++) {
      IkeDatagram datagram = datapath.pollIke();
      if (datagram == null) {
        return false;
      }
      captures.received(datagram);
      perform(
          engine.receive(
              clock.getAsLong(), datagram.local(), datagram.remote(), datagram.message()));
    }
    return true;
  }

  private void perform(List<IkeAction> actions) {
    for (IkeAction action : actions) {
      perform(action);
    }
  }

  private void perform(IkeAction action) {
    switch (action) {
      case IkeAction.Send send -> {
        // An answer may bring ESP at once: the SA it speaks of must be there before it leaves. And
        // a DELETE must not overtake what a worker still sends on the SA.
        publish();
        awaitTakenUp();
        knowledge.tellWhoIsAwaited();
        int errno = datapath.sendIke(send.local(), send.remote(), send.message());
        captures.sent(send);
        if (errno != 0) {
          LOG.debug("IKE datagram to {} refused, errno {}", send.remote(), errno);
        }
      }
      case IkeAction.SendKeepalive keepalive ->
          datapath.sendKeepalive(keepalive.local(), keepalive.remote());
      case IkeAction.InstallChild child -> {
        captures.keys(child);
        onTunnel(
            child.peer(),
            t -> t.install(child, backend, InboundSa.DEFAULT_REPLAY_WINDOW, this::onExhausted));
      }
      case IkeAction.IkeKeyed keyed -> captures.keys(keyed);
      case IkeAction.UseOutbound use ->
          onTunnel(use.peer(), t -> t.use(use.inboundSpi(), use.beside()));
      case IkeAction.RemoveChild gone -> onTunnel(gone.peer(), t -> t.remove(gone.inboundSpi()));
      case IkeAction.PeerMoved moved ->
          onTunnel(moved.peer(), t -> t.moved(moved.local(), moved.remote()));
      case IkeAction.Fault(String peer, RuntimeException cause) -> {
        events.add(
            peer,
            "internal-fault",
            "a fault of this program was contained (" + cause + "); its log has more",
            null);
        if (faultsTold.size() < 16 && faultsTold.add(where(cause))) {
          LOG.error("contained in the IKE core, told once for each place", cause);
        }
        changed = true;
      }
      case IkeAction.Transition transition -> {
        events.add(
            transition.peer(), transition.reason().code(), transition.reason().sentence(), null);
        changed = true;
      }
    }
  }

  private static String where(RuntimeException cause) {
    StackTraceElement[] trace = cause.getStackTrace();
    return cause.getClass().getName() + (trace.length == 0 ? "" : " " + trace[0]);
  }

  private void onTunnel(String name, Consumer<Tunnel> change) {
    Tunnel tunnel = table.tunnel(name);
    if (tunnel == null) {
      throw new IllegalStateException("the IKE core speaks of " + name + ", which is no tunnel");
    }
    change.accept(tunnel);
    changed = true;
  }

  private void publish() {
    if (!changed) {
      return;
    }
    changed = false;
    watch.lookAtKeys(clock.getAsLong());
    table.select();
    takenUp = datapath.publish(table.snapshot());
    // What the sibling is no longer to send here must not come back to it; what it may send here is
    // to find its way.
    site.takeBack(clock.getAsLong(), table.routes().carried());
    kernel.sibling(site.forwarding());
    kernel.lan(site.lan());
    kernel.reconcile(table.routes().tunnelled(), table.routes().reachable());
    site.tell(clock.getAsLong(), table.routes().carried());
    vrrp.tell(!table.routes().carried().isEmpty());
    refreshStatus(clock.getAsLong());
  }

  /** A worker takes up a snapshot between two turns, of a millisecond or two. */
  private void awaitTakenUp() {
    try {
      takenUp.get(TAKE_UP_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      // The machine is busier than that: a packet may be lost, IKE may not wait.
    } catch (ExecutionException _) {
      // The datapath reports its own end.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void refreshStatus(long now) {
    status = build(now);
  }

  /** What people are shown; a simulator, which shows nothing, builds nothing. */
  AgentStatus build(long now) {
    return statusBuilder.build(
        config, table, engine, watch, bgp, site, drills, datapath, events, now);
  }

  /** A worker found that an SA has carried enough. Any thread. */
  private void onExhausted() {
    anyExhausted = true;
    mailbox.wake();
  }

  /** On the loop, like all commands. */
  void keepOutside(Set<InetAddress> addresses) {
    kernel.outside(addresses);
    kernel.reconcile(table.routes().tunnelled(), table.routes().reachable());
  }

  /** On the loop, like all commands. */
  ControlResult apply(AgentConfig next) {
    List<String> fixed = Reload.needsRestart(config, next);
    if (!fixed.isEmpty()) {
      return ControlResult.refused(
          "restart-needed",
          "changed and only taken up at a restart: "
              + String.join(", ", fixed)
              + "; nothing was applied");
    }
    config = next;
    table.configure(next);
    kernel.configure(table.outerEnds(), TunnelSource.of(next));
    knowledge.configured();
    perform(engine.configure(clock.getAsLong(), IkePeers.of(next)));
    watch.configure(next);
    bgp.configure(clock.getAsLong(), next);
    vrrp.configure(next);
    drills.configure(next);
    site.configure(clock.getAsLong(), next);
    takeLan(clock.getAsLong());
    events.add(null, "reloaded", "configuration reloaded", null);
    return ControlResult.accepted("configuration reloaded; unchanged tunnels were left alone");
  }
}
