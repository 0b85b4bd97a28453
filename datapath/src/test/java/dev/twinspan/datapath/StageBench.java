package dev.twinspan.datapath;

import dev.twinspan.datapath.esp.ReplayWindow;
import dev.twinspan.datapath.esp.SpiTable;
import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.FlowHash;
import dev.twinspan.datapath.forward.FlowMemory;
import dev.twinspan.datapath.forward.ForwardingTable;
import dev.twinspan.datapath.forward.Route;
import dev.twinspan.datapath.offload.Coalescer;
import dev.twinspan.datapath.offload.GsoWriter;
import dev.twinspan.datapath.offload.Lan;
import dev.twinspan.datapath.packet.PacketView;
import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.datapath.packet.VnetHeader;
import dev.twinspan.ffi.crypto.DecapVector;
import dev.twinspan.ffi.crypto.EncapVector;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Each stage of a packet's way by itself, in nanoseconds a packet: what a change of one of them
 * brings. What they are together, with the kernel, {@code twinspan bench datapath} measures. After
 * each iteration a stage is looked at: one that went wrong has no figure.
 *
 * <p>{@code ./mvnw -q -Pjmh -pl datapath -am process-test-classes -Djmh=coalesce}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"})
public class StageBench {
  /** As many as fill 64 KB. */
  static final int BATCH = 44;

  /** In ESP, UDP and IPv4 it fills 1500 bytes. */
  private static final int INNER = 1438;

  private static final int HEADERS = PacketView.IPV4_HEADER + PacketView.TCP_HEADER;
  private static final int ESP = EspTransform.AES_GCM_256.packetLength(INNER);

  /** All that Azure may announce. */
  private static final int ROUTES = 4000;

  private static void check(boolean right, String what) {
    if (!right) {
      throw new IllegalStateException(what);
    }
  }

  private static byte[] tcp(int flow, int sequence) {
    byte[] data = Packets.bytes(INNER - HEADERS, flow);
    return Packets.tcp(
        "10.1.0." + (1 + flow),
        "10.%d.%d.9".formatted(16 + flow % 15, flow),
        40_000 + flow,
        443,
        sequence,
        Packets.ACK,
        data);
  }

  /** Packets of as many flows, one behind the other. */
  @State(Scope.Thread)
  public static class Arriving {
    private final MemorySegment packets = Arena.ofAuto().allocate((long) BATCH * INNER, 64);
    private final PacketView view = new PacketView();
    private final FlowHash hash = new FlowHash(7);
    private final FlowMemory flows = new FlowMemory();
    private ForwardingTable routes = ForwardingTable.EMPTY;

    @Setup
    public void setUp() throws UnknownHostException {
      for (int i = 0; i < BATCH; i++) {
        MemorySegment.copy(MemorySegment.ofArray(tcp(i, 1)), 0, packets, (long) i * INNER, INNER);
      }
      EcmpGroup group = EcmpGroup.of("both", 0, 1);
      List<Route> all = new ArrayList<>();
      for (int i = 0; i < ROUTES; i++) {
        byte[] prefix = {10, (byte) (16 + i / 256), (byte) i, 0};
        all.add(new Route(InetAddress.getByAddress(prefix), 24, group));
      }
      routes = ForwardingTable.of(all);
    }

    private int classify() {
      int tcp = 0;
      for (int i = 0; i < BATCH; i++) {
        boolean well = view.parse(packets, (long) i * INNER, INNER);
        tcp += well && view.protocol() == PacketView.TCP ? 1 : 0;
      }
      return tcp;
    }

    private int lookUp() {
      int found = 0;
      for (int i = 0; i < BATCH; i++) {
        long at = (long) i * INNER;
        view.parse(packets, at, INNER);
        EcmpGroup group = routes.lookup(view.ipv6(), view.destinationHigh(), view.destinationLow());
        if (group != null) {
          found += flows.choose(group, hash.hash(view), packets, at, view, i) >= 0 ? 1 : 0;
        }
      }
      return found;
    }

    @TearDown(Level.Iteration)
    public void look() {
      check(classify() == BATCH, "not every packet was taken for TCP");
      check(lookUp() == BATCH, "not every packet has found its tunnel");
    }
  }

  /** Reads the headers of a packet. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int classify(Arriving arriving) {
    return arriving.classify();
  }

  /** The same, and its flow, its prefix among 4,000, its tunnel of two. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int lookUp(Arriving arriving) {
    return arriving.lookUp();
  }

  /** A tunnel's SAs, a super-packet of a TCP flow, and what becomes of it. */
  @State(Scope.Thread)
  public static class Tunnel {
    /** ipsec-mb, libcrypto, jce, or what this machine does best. */
    @Param("auto")
    public String backend = "auto";

    private final Arena arena = Arena.ofShared();
    private final MemorySegment inner = arena.allocate(1 << 16, 64);
    private final MemorySegment sealed = arena.allocate((long) BATCH * ESP, 64);
    private final MemorySegment arrived = arena.allocate((long) BATCH * ESP, 64);
    private final MemorySegment encap = arena.allocate(EncapVector.ENTRY_SIZE, 8);
    private final MemorySegment decap = arena.allocate((long) BATCH * DecapVector.ENTRY_SIZE, 8);
    private final int length = HEADERS + BATCH * (INNER - HEADERS);
    private final List<InboundSa> many = new ArrayList<>();
    private OutboundSa out;
    private InboundSa in;
    private SpiTable spis;

    @Setup
    public void setUp() throws UnknownHostException {
      EspBackend with = EspBackends.choose(backend).backend();
      byte[] key = new byte[EspTransform.AES_GCM_256.keyMaterialLength()];
      for (int i = 0; i < 16; i++) {
        many.add(InboundSa.open(with, parameters(i), key, InboundSa.DEFAULT_REPLAY_WINDOW));
      }
      spis = new SpiTable(many);
      in = many.getFirst();
      out = OutboundSa.open(with, parameters(0), key);
      byte[] data = Packets.bytes(BATCH * (INNER - HEADERS), 1);
      byte[] packet = Packets.tcp("10.1.0.1", "10.2.0.1", 40_000, 443, 1, Packets.ACK, data);
      MemorySegment.copy(MemorySegment.ofArray(packet), 0, inner, 0, length);
      encapsulate();
    }

    private static SaParameters parameters(int i) throws UnknownHostException {
      List<Selector> any =
          List.of(
              new Selector(
                  0,
                  0,
                  65535,
                  InetAddress.getByName("0.0.0.0"),
                  InetAddress.getByName("255.255.255.255")));
      return new SaParameters(0, 0x1000 + i * 0x101, EspTransform.AES_GCM_256, true, any, any);
    }

    private int encapsulate() {
      EncapVector.set(
          encap,
          0,
          inner.address(),
          length,
          INNER - HEADERS,
          HEADERS,
          PacketView.IPV4_HEADER,
          16,
          EncapVector.FLAG_NEEDS_CHECKSUM | EncapVector.FLAG_SEGMENT_TCP,
          sealed.address(),
          BATCH * ESP,
          out.take(BATCH, BATCH * INNER));
      out.encryptor().encapsulate(encap, 1);
      return EncapVector.count(encap, 0);
    }

    private void arrive() {
      MemorySegment.copy(sealed, 0, arrived, 0, (long) BATCH * ESP);
    }

    private int decapsulate() {
      for (int i = 0; i < BATCH; i++) {
        DecapVector.set(decap, i, arrived.address() + (long) i * ESP, ESP, 0);
      }
      return in.decryptor().decapsulate(decap, BATCH);
    }

    private int find() {
      int found = 0;
      for (int i = 0; i < BATCH; i++) {
        InboundSa sa = spis.find(0x1000 + (i & 15) * 0x101);
        found += sa == null ? 0 : 1;
      }
      return found;
    }

    @TearDown(Level.Iteration)
    public void look() {
      check(encapsulate() == BATCH, "not every segment became an ESP packet");
      arrive();
      check(decapsulate() == BATCH, "not every ESP packet was opened");
      for (int i = 0; i < BATCH; i++) {
        check(DecapVector.status(decap, i) == DecapVector.STATUS_OK, "a packet is not authentic");
        check(DecapVector.innerLength(decap, i) == INNER, "a packet has another length");
      }
      check(find() == BATCH, "not every SPI was found");
    }

    @TearDown
    public void close() {
      out.close();
      many.forEach(InboundSa::close);
      many.clear();
      arena.close();
    }
  }

  /** From a super-packet to ESP packets: one native call. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int encapsulate(Tunnel tunnel) {
    return tunnel.encapsulate();
  }

  /** What {@link #decapsulate} is measured with besides: ESP packets are copied to their place. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public MemorySegment arrive(Tunnel tunnel) {
    tunnel.arrive();
    return tunnel.arrived;
  }

  /** Verified and decrypted, the inner checksum looked at: one native call, and the copy. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int decapsulate(Tunnel tunnel) {
    tunnel.arrive();
    return tunnel.decapsulate();
  }

  /** From SPI to SA, of 16. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int findSa(Tunnel tunnel) {
    return tunnel.find();
  }

  /** Sequence numbers as they come, every other pair in the wrong order. */
  @State(Scope.Thread)
  public static class Replay {
    private final ReplayWindow window = new ReplayWindow(InboundSa.DEFAULT_REPLAY_WINDOW, true, 0);
    private long next = 1;

    private int run() {
      int good = 0;
      for (int i = 0; i < BATCH; i++) {
        long sequence = window.infer((int) (next + (i & 2) / 2 * (1 - 2 * (i & 1)) + i));
        good +=
            window.check(sequence) == ReplayWindow.OK && window.update(sequence) == ReplayWindow.OK
                ? 1
                : 0;
      }
      next += BATCH;
      return good;
    }

    @TearDown(Level.Iteration)
    public void look() {
      check(run() == BATCH, "a fresh number was refused");
      next -= BATCH;
      check(run() == 0, "a number was accepted twice");
    }
  }

  /** Infers the high half, looks before decryption, marks after it. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int replay(Replay replay) {
    return replay.run();
  }

  /** Decrypted segments of one flow, on their way to the LAN. */
  @State(Scope.Thread)
  public static class Delivered implements Lan {
    private static final int FIRST = 64;
    private static final int STRIDE = 1472;

    /** What the writing of a super-packet changes. */
    private static final int CHANGED = VnetHeader.LENGTH + HEADERS;

    private final MemorySegment buffer = Arena.ofAuto().allocate(FIRST + (long) BATCH * STRIDE, 64);
    private final MemorySegment pristine = Arena.ofAuto().allocate(CHANGED, 8);
    private final PacketView view = new PacketView();
    private final TrafficCounters counters = new TrafficCounters();
    private final Coalescer coalescer =
        new Coalescer(new GsoWriter(this, buffer, counters), true, true);
    private int writes;

    @Setup
    public void setUp() {
      for (int i = 0; i < BATCH; i++) {
        byte[] packet = tcp(1, 1 + i * (INNER - HEADERS));
        MemorySegment.copy(
            MemorySegment.ofArray(packet), 0, buffer, FIRST + (long) i * STRIDE, INNER);
      }
      MemorySegment.copy(buffer, FIRST - VnetHeader.LENGTH, pristine, 0, CHANGED);
    }

    private int coalesce() {
      writes = 0;
      MemorySegment.copy(pristine, 0, buffer, FIRST - VnetHeader.LENGTH, CHANGED);
      for (int i = 0; i < BATCH; i++) {
        long at = FIRST + (long) i * STRIDE;
        view.parse(buffer, at, INNER);
        coalescer.add(buffer, at, view, true);
      }
      coalescer.flush();
      return writes;
    }

    @TearDown(Level.Iteration)
    public void look() {
      long before = counters.packets();
      check(coalesce() == 1, "the segments were written in %d pieces".formatted(writes));
      check(counters.packets() - before == BATCH, "segments are missing");
    }

    @Override
    public int read(MemorySegment to, long offset, int most) {
      throw new UnsupportedOperationException("nothing is read here");
    }

    @Override
    public int write(MemorySegment iovecs, int count) {
      writes++;
      return count;
    }

    @Override
    public boolean tso() {
      return true;
    }

    @Override
    public boolean uso() {
      return true;
    }
  }

  /** Joins 44 segments into one write: their headers are read, as after decryption. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int coalesce(Delivered delivered) {
    return delivered.coalesce();
  }
}
