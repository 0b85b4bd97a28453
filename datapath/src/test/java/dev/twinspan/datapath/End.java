package dev.twinspan.datapath;

import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.FlowHash;
import dev.twinspan.datapath.forward.Route;
import dev.twinspan.datapath.offload.MemoryLan;
import dev.twinspan.datapath.worker.Duty;
import dev.twinspan.datapath.worker.IkeQueue;
import dev.twinspan.datapath.worker.Inbound;
import dev.twinspan.datapath.worker.MemoryWan;
import dev.twinspan.datapath.worker.Outbound;
import dev.twinspan.datapath.worker.ProbeBoard;
import dev.twinspan.datapath.worker.Published;
import dev.twinspan.datapath.worker.Wan;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One box with both workers, its wires in memory, run by hand: {@link #pumpOut} and {@link #pumpIn}
 * are a loop's turns. Everything between the TUN and the sockets is the real thing.
 */
final class End {
  final MemoryLan lan;
  final List<MemoryWan> wans;
  final TrafficCounters in = new TrafficCounters();
  final TrafficCounters out = new TrafficCounters();
  int ikeSignals;
  final IkeQueue ike = new IkeQueue(4, () -> ikeSignals++);
  final List<TunnelPath> tunnels = new ArrayList<>();
  final List<InboundSa> inbound = new ArrayList<>();
  List<Route> routes;
  long clock = 1;
  final ProbeBoard probes = new ProbeBoard(0x5EC2E7);
  private final SnapshotCompiler compiler;
  private final Published published = new Published();
  private final Inbound inboundWorker;
  private final Outbound outboundWorker;
  private final Duty[] receiving;
  private long generation;

  /** How an end differs from the usual. */
  record Options(boolean offloads, Dscp dscp, boolean ecn) {
    static final Options USUAL = new Options(true, Dscp.COPY, true);
  }

  End(List<MemoryWan> wans, Options options) {
    this.wans = wans;
    lan = new MemoryLan(options.offloads);
    compiler = new SnapshotCompiler(List.<Wan>copyOf(wans));
    inboundWorker = new Inbound(lan, published, options.ecn, () -> clock, in, ike, probes);
    outboundWorker =
        new Outbound(lan, published, options.dscp, options.ecn, new FlowHash(7), () -> clock, out);
    receiving = wans.stream().map(inboundWorker::from).toArray(Duty[]::new);
    int[] ids = new int[wans.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i;
    }
    routes = everything(EcmpGroup.of("all", ids));
  }

  static List<Route> everything(EcmpGroup group) {
    try {
      return List.of(
          new Route(InetAddress.getByName("0.0.0.0"), 0, group),
          new Route(InetAddress.getByName("::"), 0, group));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** Publishes the lists as they are now, and closes what they no longer hold. */
  void publish() {
    var compiled =
        compiler.compile(
            new Snapshot(++generation, List.copyOf(inbound), List.copyOf(tunnels), routes));
    published.set(compiled.generation());
    inboundWorker.adopt();
    outboundWorker.adopt();
    compiled.retired().inbound().forEach(InboundSa::close);
    compiled.retired().outbound().forEach(OutboundSa::close);
  }

  void awaited(AwaitedSas awaited) {
    inboundWorker.awaited(awaited);
  }

  void tap(@Nullable PacketTap received, @Nullable PacketTap sent) {
    inboundWorker.tap(received);
    outboundWorker.tap(sent);
  }

  void known(KnownIke known) {
    inboundWorker.known(known);
  }

  void probe(int tunnel, byte[] inner) {
    outboundWorker.probe(tunnel, inner);
  }

  TunnelCounters tunnelCounters(int id) {
    return compiler.counters().get(id);
  }

  /** One turn of LAN → WAN. */
  void turnOut() {
    outboundWorker.turn();
  }

  /** Turns of LAN → WAN until the LAN is quiet. */
  void pumpOut() {
    while (outboundWorker.turn()) {}
  }

  /** Turns of WAN → LAN until all sockets are quiet. */
  void pumpIn() {
    for (int i = 0; i < receiving.length; i++) {
      while (receiving[i].turn()) {}
    }
  }
}
