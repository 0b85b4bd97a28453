package dev.twinspan.agent.sim.appliance;

import dev.twinspan.datapath.AwaitedSas;
import dev.twinspan.datapath.Counters;
import dev.twinspan.datapath.IkeDatagram;
import dev.twinspan.datapath.InboundSa;
import dev.twinspan.datapath.KnownIke;
import dev.twinspan.datapath.Offload;
import dev.twinspan.datapath.OutboundSa;
import dev.twinspan.datapath.PacketEngine;
import dev.twinspan.datapath.ProbeAnswer;
import dev.twinspan.datapath.Snapshot;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.datapath.TunnelCounters;
import dev.twinspan.datapath.TunnelPath;
import dev.twinspan.datapath.capture.PacketTap;
import dev.twinspan.datapath.esp.ReplayWindow;
import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.Route;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Moves packets as the datapath does, by the snapshots the control loop publishes. */
final class SimPackets implements PacketEngine {
  private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);
  private static final byte[] WILDCARD = new byte[4];

  /** A flow that is silent for longer begins anew. */
  private static final long STAYS = 60_000_000_000L;

  /** As many as the strangers' queue holds. */
  private static final int IKE_QUEUE = 512;

  private final Box box;
  private final ArrayDeque<IkeDatagram> ike = new ArrayDeque<>();
  private final List<TunnelCounters> tunnels = new ArrayList<>();
  private final Counters counters =
      new Counters(
          new TrafficCounters(), new TrafficCounters(), Collections.unmodifiableList(tunnels));
  private final Map<Integer, InboundSa> inbound = new HashMap<>();
  private final ArrayDeque<ProbeAnswer> answers = new ArrayDeque<>();

  /** By flow: the tunnel that its last packet went by, and when. */
  private final int[] lastTunnel = new int[Site.FLOWS];

  private final long[] lastAt = new long[Site.FLOWS];
  private Snapshot snapshot = Snapshot.EMPTY;
  private AwaitedSas awaited = AwaitedSas.NONE;
  private @Nullable EcmpGroup vnet;
  private boolean vnetKnown;

  SimPackets(Box box) {
    this.box = box;
    Arrays.fill(lastTunnel, EcmpGroup.NONE);
  }

  // --- from the control loop --------------------------------------------------------------------

  @Override
  public CompletableFuture<Void> publish(Snapshot next) {
    while (tunnels.size() < next.tunnels().size()) {
      tunnels.add(new TunnelCounters(tunnels.size(), box::stir));
    }
    Snapshot before = snapshot;
    snapshot = next;
    inbound.clear();
    next.inbound().forEach(sa -> inbound.put(sa.spi(), sa));
    if (before.routes() != next.routes()) {
      vnetKnown = false;
      box.distributed(before, next);
    }
    return DONE;
  }

  @Override
  public CompletableFuture<Void> tap(@Nullable PacketTap received, @Nullable PacketTap sent) {
    return DONE;
  }

  @Override
  public Counters counters() {
    return counters;
  }

  @Override
  public List<Offload> offloads() {
    return List.of();
  }

  @Override
  public void known(KnownIke known) {}

  @Override
  public void awaited(AwaitedSas next) {
    awaited = next;
  }

  @Override
  public @Nullable IkeDatagram pollIke() {
    return ike.poll();
  }

  @Override
  public int sendIke(InetSocketAddress local, InetSocketAddress remote, byte[] message) {
    box.toWan(concrete(local), remote, message, false);
    return 0;
  }

  @Override
  public int sendKeepalive(InetSocketAddress local, InetSocketAddress remote) {
    return sendIke(local, remote, new byte[] {(byte) 0xff});
  }

  private InetSocketAddress concrete(InetSocketAddress local) {
    return Arrays.equals(local.getAddress().getAddress(), WILDCARD)
        ? new InetSocketAddress(box.address(), local.getPort())
        : local;
  }

  // --- packets ----------------------------------------------------------------------------------

  void ike(InetSocketAddress local, InetSocketAddress remote, byte[] message) {
    if (ike.size() < IKE_QUEUE) {
      ike.add(new IkeDatagram(local, remote, message, box.now()));
    }
  }

  Snapshot snapshot() {
    return snapshot;
  }

  /** The group that carries {@link Site#VNET_HOST}. */
  @Nullable EcmpGroup vnet() {
    if (!vnetKnown) {
      vnet = group(Site.VNET_HOST);
      vnetKnown = true;
    }
    return vnet;
  }

  /** The group that carries this destination. */
  private @Nullable EcmpGroup group(InetAddress destination) {
    int address = bits(destination);
    Route best = null;
    for (Route route : snapshot.routes()) {
      boolean in = route.length() == 0 || (address ^ bits(route.prefix())) >>> -route.length() == 0;
      if (in && (best == null || route.length() > best.length())) {
        best = route;
      }
    }
    return best == null ? null : best.group();
  }

  private static int bits(InetAddress address) {
    return ByteBuffer.wrap(address.getAddress()).getInt();
  }

  /** A packet of the LAN's. */
  void lan(Site.Flow flow, byte[] inner) {
    EcmpGroup group = vnet();
    if (group == null) {
      return;
    }
    int bucket = flow.hash & (EcmpGroup.BUCKETS - 1);
    int tunnel = group.buckets()[bucket];
    int last = lastTunnel[flow.index];
    long now = box.now();
    // As FlowMemory does, for flows that go on.
    if (last != EcmpGroup.NONE
        && group.stays()[bucket] == last
        && box.worldNow() - lastAt[flow.index] < STAYS) {
      if (tunnel != last) {
        Tally.STAYED.add();
      }
      tunnel = last;
    }
    if (tunnel == EcmpGroup.NONE) {
      return;
    }
    if (last != EcmpGroup.NONE && last != tunnel) {
      box.moved(flow.index, last, tunnel, lastAt[flow.index]);
    }
    lastTunnel[flow.index] = tunnel;
    lastAt[flow.index] = box.worldNow();
    if (seal(tunnel, inner)) {
      tunnels.get(tunnel).out().passed(1, inner.length, now);
    }
  }

  /** A packet of this box itself. */
  void own(InetAddress destination, byte[] inner) {
    EcmpGroup group = group(destination);
    int tunnel = group == null ? EcmpGroup.NONE : group.buckets()[0];
    if (tunnel != EcmpGroup.NONE && seal(tunnel, inner)) {
      tunnels.get(tunnel).out().passed(1, inner.length, box.now());
    }
  }

  private boolean seal(int tunnel, byte[] inner) {
    TunnelPath path = snapshot.tunnels().get(tunnel);
    OutboundSa sa = path.outbound();
    long sequence = sa == null ? OutboundSa.NO_SEQUENCE : sa.take(1, inner.length);
    if (sa == null || sequence < 0) {
      return false;
    }
    byte[] key = ((SimEsp.Sealer) sa.encryptor()).key();
    byte[] packet =
        ByteBuffer.allocate(8 + key.length + inner.length)
            .putInt(sa.spi())
            .put(key)
            .putInt((int) sequence)
            .put(inner)
            .array();
    sa.counters().passed(1, inner.length, box.now());
    box.toWan(concrete(path.local()), path.remote(), packet, true);
    return true;
  }

  // --- probes -----------------------------------------------------------------------------------

  @Override
  public void probe(int tunnel, InetAddress source, InetAddress target, int number) {
    seal(tunnel, Inner.probe(tunnel, number));
  }

  @Override
  public @Nullable ProbeAnswer pollProbe() {
    return answers.poll();
  }

  /** ESP came. Returns what was inside; null: nothing for us. */
  byte @Nullable [] wan(InetAddress sender, byte[] packet) {
    int spi = ByteBuffer.wrap(packet).getInt();
    InboundSa sa = inbound.get(spi);
    if (sa == null) {
      awaited.cameFrom(spi, 0, 0xffffL << 32 | bits(sender) & 0xffff_ffffL, box.now());
      return null;
    }
    byte[] key = ((SimEsp.Opener) sa.decryptor()).key();
    int from = 4 + key.length;
    if (packet.length < from + 5 || !Arrays.equals(key, 0, key.length, packet, 4, from)) {
      return null;
    }
    ReplayWindow window = sa.window();
    if (window.update(window.infer(ByteBuffer.wrap(packet).getInt(from))) != ReplayWindow.OK) {
      return null;
    }
    TunnelCounters tunnel = tunnels.get(sa.tunnel());
    tunnel.in().lost(sa.newlyMissing());
    byte[] inner = Arrays.copyOfRange(packet, from + 4, packet.length);
    if (inner[0] == Inner.ANSWER) {
      Tally.PROBED.add();
      answers.add(
          new ProbeAnswer(Inner.flowOf(inner), sa.tunnel(), Inner.numberOf(inner), box.now()));
      return null;
    }
    tunnel.in().passed(1, inner.length, box.now());
    sa.counters().passed(1, inner.length, box.now());
    return inner;
  }
}
