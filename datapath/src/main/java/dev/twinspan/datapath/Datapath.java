package dev.twinspan.datapath;

import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.datapath.forward.FlowHash;
import dev.twinspan.datapath.forward.FlowMemory;
import dev.twinspan.datapath.packet.EchoProbe;
import dev.twinspan.datapath.worker.Exchange;
import dev.twinspan.datapath.worker.IkeQueue;
import dev.twinspan.datapath.worker.IkeSender;
import dev.twinspan.datapath.worker.Inbound;
import dev.twinspan.datapath.worker.Loop;
import dev.twinspan.datapath.worker.Outbound;
import dev.twinspan.datapath.worker.ProbeBoard;
import dev.twinspan.datapath.worker.Published;
import dev.twinspan.datapath.worker.Wan;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The packet engine: a TUN towards the LAN, ESP towards the WAN. One control thread drives it.
 *
 * <pre>
 *  control thread                  loop "twinspan-in"            loop "twinspan-out"
 *                                                                (the same one when threads = 1)
 *  publish ── Published, one ────► Inbound                       Outbound
 *             release store          │   ▲                         ▲   │
 *  pollIke ◄── IkeQueue, bounded ────┤   │ receive                 │   │ send
 *  sendIke ──────────────┐           │   │                    read │   ▼
 *                        ▼     write ▼   │                         │  UDP / raw sockets
 *                    UDP sockets    TUN  UDP / raw sockets        TUN
 * </pre>
 *
 * Counters have one writer each. All loops sleep in io_uring until their descriptors are readable.
 *
 * <p>With several loops each has an Inbound, an Outbound, a queue of the TUN and sockets:
 *
 * <pre>
 *        LAN: TUN (multi-queue)                                WAN: one port (SO_REUSEPORT)
 *   queue 0 ──► Outbound 0 ──► socket 0                  socket 0 ──► Inbound 0 ──► queue 1
 *                 │  ▲                                                  │  ▲
 *        HandOff  ▼  │  HandOff                                HandOff  ▼  │  HandOff
 *   queue 1 ──► Outbound 1 ──► socket 1                  socket 1 ──► Inbound 1 ──► queue 0
 * </pre>
 *
 * A tunnel is owned by one loop for each direction ({@link Exchange}), one for what it sends and
 * the next one for what it receives, so that one busy tunnel has two cores. It is because its SAs
 * are: Azure has neither parallel SAs for the same selectors nor RFC 9611's for each CPU, so a
 * sequence number counter and a replay window can be had once, and a counter shared by two loops
 * would put their super-packets onto the wire out of order by more than a window. Where a core's
 * AES is slow, its native calls may be shared ({@code SharedBackend}), which changes none of this:
 * a call returns when all of it is done. What decides the owner is the tunnel's id, never the flow;
 * so two tunnels are carried by two loops, and nothing moves when routes or SAs change. The kernel
 * does most of the bringing there:
 *
 * <ul>
 *   <li>ESP: a classic BPF program takes the SPI modulo the loops, and SPIs are ours to choose.
 *       Other ESP (a run that began with an IKE message, SPIs chosen otherwise, protocol 50) is
 *       handed over.
 *   <li>LAN: the kernel sends a flow to the queue that its opposite direction was last written to
 *       (tun_automq_select_queue in drivers/net/tun.c): what a tunnel brings is written to the
 *       queue of the loop that sends by it. Flows without an opposite direction are spread by hash,
 *       and those of them that are another loop's are handed over. Choosing the queue by an eBPF
 *       program (TUNSETSTEERINGEBPF) would need the whole forwarding table in it.
 * </ul>
 *
 * A way that is full stops the reading of that queue or those sockets until there is room, so that
 * nothing that was read is lost.
 */
public final class Datapath implements PacketEngine, AutoCloseable {
  private final DatapathDevices devices;
  private final SnapshotCompiler compiler;
  private final Published published = new Published();
  private final Counters counters;
  private final IkeQueue ike;
  private final ProbeBoard probes = new ProbeBoard(new SecureRandom().nextLong());
  private final List<IkeSender> senders;
  private final List<Exchange> inExchange;
  private final List<Exchange> outExchange;
  private final List<Inbound> inbound = new ArrayList<>();
  private final List<Outbound> outbound = new ArrayList<>();
  private final List<Loop> inLoops = new ArrayList<>();
  private final List<Loop> outLoops = new ArrayList<>();
  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private final Priority priority;
  private boolean closed;

  /**
   * What was asked of the kernel's scheduler for the loops.
   *
   * @param nice −20 to 19
   * @param errno why it was refused; 0: it was not
   */
  public record Priority(int nice, int errno) {}

  private Datapath(DatapathConfig config, DatapathDevices devices, Runnable ready) {
    this.devices = devices;
    inExchange = Exchange.among(config.loops().count(), 1);
    outExchange = Exchange.among(config.loops().count(), 0);
    compiler =
        new SnapshotCompiler(tunnel -> devices.wans(outExchange.getFirst().owner(tunnel)), ready);
    ike = new IkeQueue(config.ikeQueue(), ready);
    senders =
        devices.wans(0).stream()
            .filter(wan -> wan.kind() != Wan.Kind.RAW_ESP)
            .map(IkeSender::new)
            .toList();
    FlowHash hash = new FlowHash(new SecureRandom().nextLong());
    FlowMemory flows = new FlowMemory();
    List<TrafficCounters> in = new ArrayList<>();
    List<TrafficCounters> out = new ArrayList<>();
    for (int i = 0; i < config.loops().count(); i++) {
      in.add(new TrafficCounters());
      out.add(new TrafficCounters());
      inbound.add(
          new Inbound(
              devices.lans().get((i + config.loops().count() - 1) % config.loops().count()),
              published,
              config.ecn(),
              System::nanoTime,
              in.getLast(),
              ike,
              probes,
              inExchange.get(i)));
      outbound.add(
          new Outbound(
              devices.lans().get(i),
              published,
              config.dscp(),
              config.ecn(),
              hash,
              flows,
              outExchange.get(i),
              System::nanoTime,
              out.getLast()));
    }
    counters = new Counters(TrafficCounters.sum(in), TrafficCounters.sum(out), compiler.counters());
    try {
      addLoops(config.loops());
      priority = prioritise(config.loops().nice());
    } catch (RuntimeException | Error e) { // no io_uring: Netty says so with an Error
      stopLoops();
      throw e;
    }
  }

  private void addLoops(DatapathConfig.Loops loops) {
    Duration busyPoll = Duration.of(loops.busyPollMicros(), ChronoUnit.MICROS);
    boolean both = loops.threads() == 1;
    for (int i = 0; i < loops.count(); i++) {
      String number = loops.count() > 1 ? "-" + i : "";
      Loop in = new Loop(both ? "twinspan-datapath" + number : "twinspan-in", busyPoll, failure);
      inLoops.add(in);
      outLoops.add(both ? in : new Loop("twinspan-out", busyPoll, failure));
    }
  }

  /**
   * Who else is busy on the machine shall not make packets wait. What the kernel refuses is done
   * without.
   */
  private Priority prioritise(int nice) {
    int refused = 0;
    for (int i = 0; i < inLoops.size() && nice != 0; i++) {
      refused = Math.max(refused, inLoops.get(i).nice(nice));
      refused = Math.max(refused, outLoops.get(i).nice(nice));
    }
    return new Priority(nice, refused);
  }

  /** Of the loops' threads. */
  public Priority priority() {
    return priority;
  }

  /**
   * Opens the TUN and the sockets and starts the loops, with {@link Snapshot#EMPTY}.
   *
   * @param ready called by a loop when {@link #pollIke} has something after having returned null,
   *     and when something is to pass by a tunnel after a pause; must not block: wake the control
   *     loop there
   * @throws dev.twinspan.ffi.linux.KernelException naming the device or address that was refused
   */
  public static Datapath open(DatapathConfig config, Runnable ready) {
    DatapathDevices devices = DatapathDevices.open(config);
    try {
      Datapath datapath = new Datapath(config, devices, ready);
      datapath.start();
      return datapath;
    } catch (RuntimeException | Error e) {
      devices.close();
      throw e;
    }
  }

  private void start() {
    try {
      connect();
    } catch (RuntimeException | Error e) {
      stopLoops();
      throw e;
    }
  }

  private void connect() {
    if (inLoops.size() > 1) {
      List<Runnable> in = new ArrayList<>();
      List<Runnable> out = new ArrayList<>();
      for (int i = 0; i < inLoops.size(); i++) {
        in.add(inLoops.get(i).onWake(inbound.get(i).handedOver()));
        out.add(outLoops.get(i).onWake(outbound.get(i)));
      }
      Exchange.wakes(inExchange, in);
      Exchange.wakes(outExchange, out);
    }
    for (int i = 0; i < inLoops.size(); i++) {
      outLoops.get(i).watch(devices.lans().get(i).fd(), outbound.get(i));
      for (DatapathDevices.Port port : devices.ports(i)) {
        inLoops.get(i).watch(port.fd(), inbound.get(i).from(port.wan()));
      }
    }
  }

  /** The kernel's name of the TUN, for addresses and routes. */
  public String interfaceName() {
    return devices.tun().name();
  }

  public int interfaceIndex() {
    return devices.tun().interfaceIndex();
  }

  /** Completes exceptionally when a loop died of a fault: packets flow no more, restart. */
  public CompletableFuture<Void> failure() {
    return failure;
  }

  /** One release store for all loops; SAs that went are closed by the loops that own them. */
  @Override
  public CompletableFuture<Void> publish(Snapshot snapshot) {
    SnapshotCompiler.Compiled compiled = compiler.compile(snapshot);
    published.set(compiled.generation());
    SnapshotCompiler.Retired retired = compiled.retired();
    List<CompletableFuture<Void>> taken = new ArrayList<>();
    for (int i = 0; i < inLoops.size(); i++) {
      int self = i;
      taken.add(inLoops.get(i).execute(() -> adopt(inbound.get(self), self, retired.inbound())));
      taken.add(outLoops.get(i).execute(() -> adopt(outbound.get(self), self, retired.outbound())));
    }
    CompletableFuture<Void> all = all(taken);
    // What was handed over by routes of the last snapshot has left when each owner had a turn.
    return outLoops.size() == 1 ? all : all.thenCompose(_ -> afterATurn());
  }

  private void adopt(Inbound worker, int self, List<InboundSa> retired) {
    worker.adopt();
    for (InboundSa sa : retired) {
      if (inExchange.get(self).owner(sa.tunnel()) == self) {
        sa.close();
      }
    }
  }

  private void adopt(Outbound worker, int self, List<OutboundSa> retired) {
    worker.adopt();
    for (OutboundSa sa : retired) {
      if (outExchange.get(self).owner(sa.tunnel()) == self) {
        sa.close();
      }
    }
  }

  private CompletableFuture<Void> afterATurn() {
    List<CompletableFuture<Void>> turns = new ArrayList<>();
    for (int i = 0; i < outLoops.size(); i++) {
      turns.add(outLoops.get(i).execute(outbound.get(i)::carryAllOver));
    }
    return all(turns);
  }

  private static CompletableFuture<Void> all(List<CompletableFuture<Void>> several) {
    return CompletableFuture.allOf(several.toArray(CompletableFuture[]::new));
  }

  @Override
  public CompletableFuture<Void> tap(@Nullable PacketTap received, @Nullable PacketTap sent) {
    List<CompletableFuture<Void>> done = new ArrayList<>();
    for (int i = 0; i < inLoops.size(); i++) {
      Inbound in = inbound.get(i);
      Outbound out = outbound.get(i);
      done.add(inLoops.get(i).execute(() -> in.tap(received)));
      done.add(outLoops.get(i).execute(() -> out.tap(sent)));
    }
    return all(done);
  }

  @Override
  public Counters counters() {
    return counters;
  }

  @Override
  public int loops() {
    return inLoops.size();
  }

  @Override
  public int receivingLoop(int tunnel) {
    return inExchange.getFirst().owner(tunnel);
  }

  @Override
  public int sendingLoop(int tunnel) {
    return outExchange.getFirst().owner(tunnel);
  }

  @Override
  public List<Offload> offloads() {
    return devices.offloads();
  }

  @Override
  public void known(KnownIke known) {
    inbound.forEach(worker -> worker.known(known));
  }

  @Override
  public void awaited(AwaitedSas awaited) {
    inbound.forEach(worker -> worker.awaited(awaited));
  }

  @Override
  public @Nullable IkeDatagram pollIke() {
    return ike.poll();
  }

  @Override
  public int sendIke(InetSocketAddress local, InetSocketAddress remote, byte[] message) {
    return sender(local, remote).message(local, remote, message);
  }

  @Override
  public int sendKeepalive(InetSocketAddress local, InetSocketAddress remote) {
    return sender(local, remote).keepalive(local, remote);
  }

  @Override
  public void probe(int tunnel, InetAddress source, InetAddress target, int number) {
    byte[] packet = EchoProbe.write(source, target, probes.token(), tunnel, number);
    int owner = outExchange.getFirst().owner(tunnel);
    outLoops.get(owner).execute(() -> outbound.get(owner).probe(tunnel, packet));
  }

  @Override
  public @Nullable ProbeAnswer pollProbe() {
    return probes.poll();
  }

  private IkeSender sender(InetSocketAddress local, InetSocketAddress remote) {
    for (IkeSender sender : senders) {
      if (sender.wan().localAddress().getPort() == local.getPort()
          && SnapshotCompiler.reaches(sender.wan(), local, remote)) {
        return sender;
      }
    }
    throw new IllegalArgumentException("no UDP socket is bound to " + local);
  }

  /** Stops the loops, closes SAs, sockets and the TUN. Blocks until all keys are zeroed. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    publish(Snapshot.EMPTY);
    stopLoops();
    devices.close();
  }

  private void stopLoops() {
    inLoops.forEach(Loop::stop);
    outLoops.forEach(Loop::stop);
  }
}
