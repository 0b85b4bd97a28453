package dev.twinspan.datapath;

import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.FlowHash;
import dev.twinspan.datapath.forward.Route;
import dev.twinspan.datapath.soak.SoakLoad;
import dev.twinspan.datapath.soak.SoakWire;
import dev.twinspan.datapath.worker.Duty;
import dev.twinspan.datapath.worker.IkeQueue;
import dev.twinspan.datapath.worker.Inbound;
import dev.twinspan.datapath.worker.Outbound;
import dev.twinspan.datapath.worker.ProbeBoard;
import dev.twinspan.datapath.worker.Published;
import dev.twinspan.datapath.worker.Wan;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspTransform;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Packets without end through two whole datapaths and two tunnels between them, each payload
 * checked, with mischief on the wire. All stages are the product's: classification, ECMP,
 * segmentation, encryption, replay window, policy, coalescing; in the place of the kernel are wires
 * in memory. The sequence numbers begin a little before 2³², so that the high half of the extended
 * ones (RFC 4303 section 2.2.1) changes on the way.
 *
 * <pre>
 *   SoakSource ─► Outbound ─► SoakWire, Mischief ─► Inbound ─► SoakSink
 * </pre>
 *
 * For one thread.
 */
public final class SoakLane implements AutoCloseable {
  private static final int TUNNELS = 2;
  private static final int READS_PER_ROUND = 16;
  private static final EspTransform TRANSFORM = EspTransform.AES_GCM_256;
  private static final int PORT = 4500;
  private static final int IKE_QUEUE = 4;
  private static final long EDGE = 1L << 32;

  private final List<SoakWire> wires = new ArrayList<>();
  private final SoakLoad load;
  private final Published toOutbound = new Published();
  private final Published toInbound = new Published();
  private final TrafficCounters out = new TrafficCounters();
  private final TrafficCounters in = new TrafficCounters();
  private final SnapshotCompiler outCompiler;
  private final SnapshotCompiler inCompiler;
  private final Outbound outbound;
  private final Inbound inbound;
  private final List<Duty> receiving;
  private final List<OutboundSa> sending = new ArrayList<>();
  private final List<InboundSa> received = new ArrayList<>();
  private final long before;

  /**
   * What a lane has done.
   *
   * @param packets sent, and
   * @param bytes of them, IP headers included
   * @param arrived whole and unchanged
   * @param superPackets of these, how many writes held several
   * @param missing that were sent and did not come
   * @param faults that came and were not what was sent
   * @param firstFault the first of them, in words
   * @param reordered on the wire
   * @param injected what was put on the wire beside, and is to be refused, by the counter that must
   *     tell of it
   * @param refused what the counters tell
   * @param crossed SAs whose sequence numbers have passed 2³²
   * @param sequencesRight numbers sent and received are those of the packets, to the last
   */
  public record Result(
      long packets,
      long bytes,
      long arrived,
      long superPackets,
      long missing,
      long faults,
      @Nullable String firstFault,
      long reordered,
      Map<DropReason, Long> injected,
      Map<DropReason, Long> refused,
      int crossed,
      boolean sequencesRight) {

    /** Whether every packet came once, as it was, and nothing else did. */
    public boolean right() {
      return missing == 0
          && faults == 0
          && arrived == packets
          && injected.equals(refused)
          && sequencesRight;
    }
  }

  /**
   * @param before the edge of 2³², how many sequence numbers each SA begins
   */
  public SoakLane(EspBackend backend, long seed, long before) {
    this.before = before;
    for (int i = 0; i < TUNNELS; i++) {
      wires.add(new SoakWire(new InetSocketAddress(address("192.0.2." + (i + 1)), PORT)));
    }
    load = new SoakLoad(seed, wires);
    outCompiler = new SnapshotCompiler(List.<Wan>copyOf(wires));
    inCompiler = new SnapshotCompiler(List.<Wan>copyOf(wires));
    outbound =
        new Outbound(
            load.source(), toOutbound, Dscp.COPY, true, new FlowHash(seed), System::nanoTime, out);
    inbound =
        new Inbound(
            load.sink(),
            toInbound,
            true,
            System::nanoTime,
            in,
            new IkeQueue(IKE_QUEUE, () -> {}),
            new ProbeBoard(new SecureRandom().nextLong()));
    receiving = wires.stream().map(wire -> inbound.from((Wan) wire)).toList();
    publish(backend);
  }

  private void publish(EspBackend backend) {
    List<TunnelPath> paths = new ArrayList<>();
    List<TunnelPath> others = new ArrayList<>();
    for (int i = 0; i < TUNNELS; i++) {
      byte[] keys = new byte[TRANSFORM.keyMaterialLength()];
      new SecureRandom().nextBytes(keys);
      SaParameters parameters = parameters(i);
      OutboundSa sa = OutboundSa.open(backend, parameters, keys, EDGE - before);
      sending.add(sa);
      received.add(
          InboundSa.open(
              backend, parameters, keys, InboundSa.DEFAULT_REPLAY_WINDOW, EDGE - before));
      Arrays.fill(keys, (byte) 0);
      InetSocketAddress local = wires.get(i).localAddress();
      paths.add(new TunnelPath(i, "soak" + i, local, local, sa, 65_535, 0));
      others.add(new TunnelPath(i, "soak" + i, local, local, null, 65_535, 0));
    }
    Route all = new Route(address("0.0.0.0"), 0, EcmpGroup.of("soak", 0, 1));
    toOutbound.set(
        outCompiler.compile(new Snapshot(1, List.of(), paths, List.of(all))).generation());
    toInbound.set(inCompiler.compile(new Snapshot(1, received, others, List.of(all))).generation());
    outbound.adopt();
    inbound.adopt();
  }

  private static SaParameters parameters(int tunnel) {
    List<Selector> any =
        List.of(new Selector(0, 0, 65_535, address("0.0.0.0"), address("255.255.255.255")));
    return new SaParameters(tunnel, 0x1000 + tunnel, TRANSFORM, true, any, any);
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  /**
   * Sends so many packets or a few more, and returns when all have come that will.
   *
   * @param progress told now and then how many packets have been sent by this lane
   */
  public void run(long packets, LongConsumer progress) {
    long end = load.source().packets() + packets;
    while (load.source().packets() < end) {
      load.source().allow(READS_PER_ROUND);
      while (outbound.turn()) {
        // It says itself when there is no more.
      }
      load.disturb();
      receive();
      progress.accept(load.source().packets());
    }
    load.finish();
    receive();
  }

  private void receive() {
    for (int i = 0; i < TUNNELS; i++) {
      while (receiving.get(i).turn()) {
        // It says itself when there is no more.
      }
    }
  }

  /** After {@link #run}. */
  public Result result() {
    boolean right = true;
    int crossed = 0;
    long sequences = 0;
    for (int i = 0; i < TUNNELS; i++) {
      long used = sending.get(i).sequencesUsed();
      sequences += used - (EDGE - before);
      right &= received.get(i).highestSequence() == used;
      crossed += used > EDGE ? 1 : 0;
    }
    return new Result(
        load.source().packets(),
        load.source().bytes(),
        load.sink().packets(),
        load.sink().superPackets(),
        load.missing(),
        load.sink().faults(),
        load.sink().firstFault(),
        load.reordered(),
        injected(),
        refused(),
        crossed,
        right && sequences == load.source().packets() && in.lost() == 0);
  }

  private Map<DropReason, Long> injected() {
    Map<DropReason, Long> injected = new EnumMap<>(DropReason.class);
    injected.put(DropReason.REPLAYED, load.replays());
    injected.put(DropReason.AUTHENTICATION_FAILED, load.forged());
    injected.put(DropReason.UNKNOWN_SPI, load.foreign());
    injected.values().removeIf(n -> n == 0);
    return injected;
  }

  /** All that either end dropped for whatever reason. */
  private Map<DropReason, Long> refused() {
    Map<DropReason, Long> refused = new EnumMap<>(DropReason.class);
    refused.putAll(in.drops());
    refused.putAll(out.drops());
    return refused;
  }

  /** Frees the keys. */
  @Override
  public void close() {
    sending.forEach(OutboundSa::close);
    received.forEach(InboundSa::close);
  }
}
