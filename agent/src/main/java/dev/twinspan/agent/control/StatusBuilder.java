package dev.twinspan.agent.control;

import dev.twinspan.agent.BuildInfo;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.ConnectionConfig.InstanceConfig;
import dev.twinspan.agent.control.Tunnel.Pair;
import dev.twinspan.agent.crypto.FipsModule;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.ike.IkeReason;
import dev.twinspan.agent.ike.IkeState;
import dev.twinspan.agent.ike.IkeView;
import dev.twinspan.agent.status.Added;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.tunnel.TunnelPhase;
import dev.twinspan.agent.tunnel.TunnelReason;
import dev.twinspan.agent.tunnel.TunnelSet;
import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.PacketEngine;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.datapath.TunnelCounters;
import dev.twinspan.ffi.crypto.EspBackends;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Copies the loop's state into the status model. Owned by the control loop. */
class StatusBuilder {
  private static final String VERSION = BuildInfo.load().version();

  private record Sample(long nanos, long inBytes, long inPackets, long outBytes, long outPackets) {}

  private final BoardDefaults board;
  private final EspBackends.Choice backend;
  private final Instant started = Instant.now();
  private final long startedNanos;
  private final AgentStatus.Fips fips;
  private final long session;
  private final Map<Integer, Sample> samples = new HashMap<>();
  private final Map<Integer, TunnelStatus.Rates> rates = new HashMap<>();

  StatusBuilder(
      BoardDefaults board,
      EspBackends.Choice backend,
      FipsModule.Description ike,
      AgentConfig.Crypto crypto,
      long session,
      long nowNanos) {
    this.session = session;
    this.board = board;
    this.backend = backend;
    this.fips = fips(backend, ike, crypto);
    this.startedNanos = nowNanos;
  }

  /** What the modules said of themselves when they were started. */
  private static AgentStatus.Fips fips(
      EspBackends.Choice backend, FipsModule.Description ike, AgentConfig.Crypto crypto) {
    boolean espApproved = crypto.fips() && crypto.espFips();
    return new AgentStatus.Fips(
        crypto.fips() && ike.approvedOnly(),
        List.of(
            new AgentStatus.Module(
                "IKE", ike.name(), ike.version(), ike.approvedOnly(), ike.selfTest()),
            new AgentStatus.Module(
                "ESP",
                backend.backend().name(),
                backend.backend().version(),
                espApproved,
                backend.probes().getLast().reason())));
  }

  /** Takes the counters for the rates: about once a second. */
  void sample(TunnelTable table, PacketEngine datapath, long now) {
    List<TunnelCounters> counters = datapath.counters().tunnels();
    for (Tunnel tunnel : table.tunnels()) {
      if (tunnel.id() >= counters.size()) {
        continue;
      }
      TrafficCounters in = counters.get(tunnel.id()).in();
      TrafficCounters out = counters.get(tunnel.id()).out();
      Sample next = new Sample(now, in.bytes(), in.packets(), out.bytes(), out.packets());
      Sample last = samples.put(tunnel.id(), next);
      if (last != null && next.nanos > last.nanos) {
        double seconds = (next.nanos - last.nanos) / 1e9;
        rates.put(
            tunnel.id(),
            new TunnelStatus.Rates(
                (next.inBytes - last.inBytes) * 8 / seconds,
                (next.inPackets - last.inPackets) / seconds,
                (next.outBytes - last.outBytes) * 8 / seconds,
                (next.outPackets - last.outPackets) / seconds));
      }
    }
  }

  AgentStatus build(
      AgentConfig config,
      TunnelTable table,
      IkeEngine engine,
      TunnelWatch watch,
      BgpControl bgp,
      SiteControl site,
      Drills drills,
      PacketEngine datapath,
      EventRing events,
      long now) {
    Map<String, IkeView> views = new HashMap<>();
    engine.view().forEach(view -> views.put(view.peer(), view));
    List<AgentStatus.Connection> connections = new ArrayList<>();
    for (ConnectionConfig connection : config.connections()) {
      List<TunnelStatus> tunnels = new ArrayList<>();
      for (InstanceConfig instance : connection.instances()) {
        tunnels.add(tunnel(connection, instance, table, views, watch, datapath));
      }
      String mode = connection.mode().name().toLowerCase(Locale.ROOT).replace('_', '-');
      connections.add(new AgentStatus.Connection(connection.name(), mode, tunnels));
    }
    return new AgentStatus(
        config.device().id(),
        config.device().site(),
        VERSION,
        session,
        started,
        started.plusNanos(now - startedNanos),
        fips,
        new AgentStatus.CryptoBackend(
            backend.backend().name(), backend.backend().version(), backend.reason()),
        datapath.offloads().stream().map(board::told).toList(),
        loops(table, datapath),
        connections,
        Stream.concat(bgp.status(this::at).stream(), site.status(this::at).stream()).toList(),
        table.routes().status(),
        config.warnings(),
        drills.status(this::at),
        drops(engine, datapath),
        events.all(),
        events.totals(),
        Added.NOTHING);
  }

  private static List<AgentStatus.Loop> loops(TunnelTable table, PacketEngine datapath) {
    List<AgentStatus.Loop> loops = new ArrayList<>();
    for (int loop = 0; loop < datapath.loops(); loop++) {
      int number = loop;
      loops.add(
          new AgentStatus.Loop(
              number,
              names(table, id -> datapath.sendingLoop(id) == number),
              names(table, id -> datapath.receivingLoop(id) == number)));
    }
    return loops;
  }

  private static List<String> names(TunnelTable table, IntPredicate which) {
    return table.tunnels().stream()
        .filter(tunnel -> which.test(tunnel.id()))
        .map(Tunnel::name)
        .toList();
  }

  private TunnelStatus tunnel(
      ConnectionConfig connection,
      InstanceConfig instance,
      TunnelTable table,
      Map<String, IkeView> views,
      TunnelWatch watch,
      PacketEngine datapath) {
    String name = connection.tunnel(instance);
    Tunnel tunnel = table.tunnel(name);
    IkeView view = views.get(name);
    if (tunnel == null || view == null) {
      throw new IllegalStateException("tunnel " + name + " is configured but not in the tables");
    }
    TunnelSet.View flows = watch.view(name);
    boolean told = tellsMore(flows.phase(), view.state());
    List<TunnelCounters> counters = datapath.counters().tunnels();
    TunnelCounters own =
        tunnel.id() < counters.size() ? counters.get(tunnel.id()) : new TunnelCounters(tunnel.id());
    return new TunnelStatus(
        name,
        connection.name(),
        instance.name(),
        told ? flows(flows.phase()) : state(view),
        told ? reason(flows.reason()) : reason(view.reason()),
        at(told ? flows.sinceNanos() : view.sinceNanos()),
        text(view.local()),
        text(view.remote()),
        ike(view),
        childSas(view, tunnel),
        view.missingPairs().stream()
            .map(
                pair ->
                    new TunnelStatus.MissingPair(
                        pair.local(), pair.remote(), reason(pair.reason()), at(pair.sinceNanos())))
            .toList(),
        new TunnelStatus.Traffic(
            own.in().bytes(),
            own.in().packets(),
            own.out().bytes(),
            own.out().packets(),
            Math.max(0, own.in().lost()),
            own.out().marked()),
        rates.getOrDefault(tunnel.id(), TunnelStatus.Rates.NONE),
        view.rttNanos() == 0 ? null : Duration.ofNanos(view.rttNanos()),
        quality(watch.quality(name), watch.probe(name)),
        view.rekeys(),
        view.retransmits(),
        drops(own));
  }

  private static TunnelStatus.Quality quality(
      TunnelSet.Quality quality, TunnelStatus.@Nullable Probe probe) {
    TunnelReason shunned = quality.shunned();
    return new TunnelStatus.Quality(
        quality.loss(), probe, shunned == null ? null : reason(shunned));
  }

  /** Whether the reason for carrying flows, or not, is of more interest than the IKE SA's. */
  private static boolean tellsMore(TunnelPhase flows, IkeState ike) {
    return switch (flows) {
      case DRAINING, DRAINED -> true;
      case DOWN, UP -> false;
      case SUSPECT, LOST, HELD, LEAVING -> ike == IkeState.ESTABLISHED;
    };
  }

  private static TunnelStatus.State flows(TunnelPhase phase) {
    return switch (phase) {
      case DOWN -> TunnelStatus.State.CONNECTING;
      case UP -> TunnelStatus.State.UP;
      case SUSPECT -> TunnelStatus.State.SUSPECT;
      case LOST -> TunnelStatus.State.LOST;
      case HELD -> TunnelStatus.State.HELD;
      case LEAVING -> TunnelStatus.State.LEAVING;
      case DRAINING -> TunnelStatus.State.DRAINING;
      case DRAINED -> TunnelStatus.State.DRAINED;
    };
  }

  private static TunnelStatus.Reason reason(TunnelReason reason) {
    return new TunnelStatus.Reason(reason.code(), reason.sentence(), Map.of());
  }

  private static TunnelStatus.State state(IkeView view) {
    return switch (view.state()) {
      case IkeState.IDLE -> TunnelStatus.State.IDLE;
      case IkeState.CONNECTING -> TunnelStatus.State.CONNECTING;
      case IkeState.ESTABLISHED -> TunnelStatus.State.UP;
      case IkeState.CLOSING -> TunnelStatus.State.CLOSING;
      case IkeState.FAILED -> TunnelStatus.State.FAILED;
    };
  }

  private static TunnelStatus.Reason reason(IkeReason reason) {
    return new TunnelStatus.Reason(reason.code(), reason.sentence(), reason.details());
  }

  private static TunnelStatus.@Nullable Ike ike(IkeView view) {
    String suite = view.suite();
    return suite == null
        ? null
        : new TunnelStatus.Ike(
            suite,
            view.initiator(),
            view.natHere(),
            view.natThere(),
            view.initiatorSpi(),
            view.responderSpi(),
            view.ikeSas());
  }

  private List<TunnelStatus.ChildSa> childSas(IkeView view, Tunnel tunnel) {
    List<TunnelStatus.ChildSa> sas = new ArrayList<>();
    for (IkeView.Child child : view.children()) {
      Pair pair = tunnel.pair(child.inboundSpi());
      if (pair == null) {
        continue;
      }
      TrafficCounters in = pair.inbound.counters();
      TrafficCounters out = pair.outbound.counters();
      sas.add(
          new TunnelStatus.ChildSa(
              child.inboundSpi(),
              child.outboundSpi(),
              child.suite(),
              at(child.sinceNanos()),
              tunnel.sendsOn(pair),
              in.bytes(),
              in.packets(),
              out.bytes(),
              out.packets()));
    }
    return sas;
  }

  private static Map<String, Long> drops(IkeEngine engine, PacketEngine datapath) {
    Map<String, Long> drops = new TreeMap<>();
    for (DropReason reason : DropReason.values()) {
      long n = datapath.counters().drops(reason);
      if (n > 0 && !reason.expected()) {
        drops.put(label(reason), n);
      }
    }
    engine.drops().forEach((reason, n) -> drops.put("ike-" + reason, n));
    return drops;
  }

  private static Map<String, Long> drops(TunnelCounters counters) {
    Map<String, Long> drops = new TreeMap<>();
    counters.in().drops().forEach((reason, n) -> drops.merge(label(reason), n, Long::sum));
    counters.out().drops().forEach((reason, n) -> drops.merge(label(reason), n, Long::sum));
    return drops;
  }

  private static String label(DropReason reason) {
    return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private Instant at(long nanos) {
    return started.plusNanos(nanos - startedNanos);
  }

  private static @Nullable String text(@Nullable InetSocketAddress address) {
    return address == null ? null : address.getAddress().getHostAddress() + ":" + address.getPort();
  }
}
