package dev.twinspan.datapath;

import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.datapath.forward.FlowHash;
import dev.twinspan.datapath.packet.EchoProbe;
import dev.twinspan.datapath.worker.IkeQueue;
import dev.twinspan.datapath.worker.IkeSender;
import dev.twinspan.datapath.worker.Inbound;
import dev.twinspan.datapath.worker.Loop;
import dev.twinspan.datapath.worker.Outbound;
import dev.twinspan.datapath.worker.ProbeBoard;
import dev.twinspan.datapath.worker.Published;
import dev.twinspan.datapath.worker.TunLan;
import dev.twinspan.datapath.worker.Wan;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
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
 * An SA belongs to the loop of its direction, so no packet changes threads. Counters have one
 * writer each. Both loops sleep in io_uring until their descriptors are readable.
 */
public final class Datapath implements PacketEngine, AutoCloseable {
  private final DatapathDevices devices;
  private final SnapshotCompiler compiler;
  private final Published published = new Published();
  private final Counters counters;
  private final IkeQueue ike;
  private final ProbeBoard probes = new ProbeBoard(new SecureRandom().nextLong());
  private final List<IkeSender> senders;
  private final Inbound inbound;
  private final Outbound outbound;
  private final Loop inLoop;
  private final Loop outLoop;
  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private boolean closed;

  private Datapath(DatapathConfig config, DatapathDevices devices, Runnable ikeReady) {
    this.devices = devices;
    compiler = new SnapshotCompiler(devices.wans());
    counters = new Counters(new TrafficCounters(), new TrafficCounters(), compiler.counters());
    ike = new IkeQueue(config.ikeQueue(), ikeReady);
    senders =
        devices.wans().stream()
            .filter(wan -> wan.kind() != Wan.Kind.RAW_ESP)
            .map(IkeSender::new)
            .toList();
    TunLan lan = devices.lan();
    FlowHash hash = new FlowHash(new SecureRandom().nextLong());
    inbound =
        new Inbound(lan, published, config.ecn(), System::nanoTime, counters.in(), ike, probes);
    outbound =
        new Outbound(
            lan, published, config.dscp(), config.ecn(), hash, System::nanoTime, counters.out());
    inLoop = new Loop(config.threads() == 1 ? "twinspan-datapath" : "twinspan-in", failure);
    outLoop = config.threads() == 1 ? inLoop : new Loop("twinspan-out", failure);
  }

  /**
   * Opens the TUN and the sockets and starts the loops, with {@link Snapshot#EMPTY}.
   *
   * @param ikeReady called by a loop when {@link #pollIke} has something after having returned
   *     null; must not block: wake the control loop there
   * @throws dev.twinspan.ffi.linux.KernelException naming the device or address that was refused
   */
  public static Datapath open(DatapathConfig config, Runnable ikeReady) {
    DatapathDevices devices = DatapathDevices.open(config);
    try {
      Datapath datapath = new Datapath(config, devices, ikeReady);
      datapath.start();
      return datapath;
    } catch (RuntimeException | Error e) { // no io_uring: Netty says so with an Error
      devices.close();
      throw e;
    }
  }

  private void start() {
    outLoop.watch(devices.lan().fd(), outbound);
    for (int i = 0; i < devices.wans().size(); i++) {
      inLoop.watch(devices.descriptors().get(i), inbound.from(devices.wans().get(i)));
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

  /** One release store; SAs that went are closed by their workers. */
  @Override
  public CompletableFuture<Void> publish(Snapshot snapshot) {
    SnapshotCompiler.Compiled compiled = compiler.compile(snapshot);
    published.set(compiled.generation());
    SnapshotCompiler.Retired retired = compiled.retired();
    CompletableFuture<Void> in =
        inLoop.execute(
            () -> {
              inbound.adopt();
              retired.inbound().forEach(InboundSa::close);
            });
    CompletableFuture<Void> out =
        outLoop.execute(
            () -> {
              outbound.adopt();
              retired.outbound().forEach(OutboundSa::close);
            });
    return CompletableFuture.allOf(in, out);
  }

  @Override
  public CompletableFuture<Void> tap(@Nullable PacketTap received, @Nullable PacketTap sent) {
    return CompletableFuture.allOf(
        inLoop.execute(() -> inbound.tap(received)), outLoop.execute(() -> outbound.tap(sent)));
  }

  @Override
  public Counters counters() {
    return counters;
  }

  @Override
  public List<Offload> offloads() {
    return devices.offloads();
  }

  @Override
  public void known(KnownIke known) {
    inbound.known(known);
  }

  @Override
  public void awaited(AwaitedSas awaited) {
    inbound.awaited(awaited);
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
    outLoop.execute(() -> outbound.probe(tunnel, packet));
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
    inLoop.stop();
    outLoop.stop();
    devices.close();
  }
}
