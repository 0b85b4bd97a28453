package dev.twinspan.datapath;

import dev.twinspan.datapath.forward.EcmpGroup;
import dev.twinspan.datapath.forward.FlowHash;
import dev.twinspan.datapath.forward.Route;
import dev.twinspan.datapath.worker.BenchLan;
import dev.twinspan.datapath.worker.BenchWan;
import dev.twinspan.datapath.worker.Duty;
import dev.twinspan.datapath.worker.IkeQueue;
import dev.twinspan.datapath.worker.Inbound;
import dev.twinspan.datapath.worker.Outbound;
import dev.twinspan.datapath.worker.ProbeBoard;
import dev.twinspan.datapath.worker.Published;
import dev.twinspan.ffi.crypto.CipherBench.Cost;
import dev.twinspan.ffi.crypto.CipherBench.Nanos;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspTransform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * What a packet costs one core between the TUN and the socket: the product's own workers, with a
 * LAN and a WAN in memory that cost one copy each way, as the kernel's copy does, which is measured
 * in turns with them and taken off. No system call is in it.
 *
 * <pre>
 *   round:  BenchLan → Outbound → BenchWan → Inbound → BenchLan, one full batch
 * </pre>
 */
public final class PathBench implements AutoCloseable {
  private static final int MAX_ROUNDS = 20_000;

  /** The compiler's last level takes 5,000 calls or so of each packet's methods. */
  private static final int WARM_ROUNDS = 2_000;

  private static final int PATIENCE = 8;
  private static final int SPI = 0x1001;
  private static final int ROOM = 1 << 17;

  /**
   * One line of the table.
   *
   * @param innerLength bytes of each inner packet
   * @param flows they are of
   * @param path nanoseconds a packet: out from the LAN, in from the WAN; ESP included
   * @param rounds how many the medians are of
   */
  public record Figures(int innerLength, int flows, Cost path, int rounds) {}

  private final BenchLan lan;
  private final BenchWan wan = new BenchWan();
  private final TrafficCounters in = new TrafficCounters();
  private final TrafficCounters out = new TrafficCounters();
  private final Published published = new Published();
  private final SnapshotCompiler compiler = new SnapshotCompiler(List.of(wan));
  private final Inbound inbound;
  private final Outbound outbound;
  private final Duty receiving;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment scratch = arena.allocate(ROOM, 64);
  private final long[] outward = new long[MAX_ROUNDS];
  private final long[] read = new long[MAX_ROUNDS];
  private final long[] inward = new long[MAX_ROUNDS];
  private final long[] received = new long[MAX_ROUNDS];

  private PathBench(EspBackend backend, EspTransform transform, BenchLan lan) {
    this.lan = lan;
    IkeQueue ike = new IkeQueue(4, () -> {});
    inbound =
        new Inbound(lan, published, true, System::nanoTime, in, ike, new ProbeBoard(0x5EC2E7));
    outbound =
        new Outbound(lan, published, Dscp.COPY, true, new FlowHash(7), System::nanoTime, out);
    receiving = inbound.from(wan);
    byte[] key = new byte[transform.keyMaterialLength()];
    new SecureRandom().nextBytes(key);
    try {
      InetAddress zero = InetAddress.getByName("0.0.0.0");
      List<Selector> any =
          List.of(new Selector(0, 0, 65535, zero, InetAddress.getByName("255.255.255.255")));
      SaParameters parameters = new SaParameters(0, SPI, transform, true, any, any);
      InetSocketAddress local = wan.localAddress();
      TunnelPath path =
          new TunnelPath(
              0, "bench", local, wan.peer(), OutboundSa.open(backend, parameters, key), 65535, 0);
      InboundSa sa = InboundSa.open(backend, parameters, key, InboundSa.DEFAULT_REPLAY_WINDOW);
      Route all = new Route(zero, 0, EcmpGroup.of("all", 0));
      publish(new Snapshot(1, List.of(sa), List.of(path), List.of(all)));
    } catch (UnknownHostException e) {
      throw new AssertionError("these are addresses", e);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  private void publish(Snapshot snapshot) {
    var compiled = compiler.compile(snapshot);
    published.set(compiled.generation());
    inbound.adopt();
    outbound.adopt();
    compiled.retired().inbound().forEach(InboundSa::close);
    compiled.retired().outbound().forEach(OutboundSa::close);
  }

  /**
   * A TCP flow that comes as super-packets.
   *
   * @param innerLength of each packet of it
   * @throws IllegalStateException when not every packet comes through
   */
  public static Figures measureTcp(
      EspBackend backend, EspTransform transform, int innerLength, Duration time) {
    BenchLan lan = BenchLan.tcp(innerLength);
    try (PathBench bench = new PathBench(backend, transform, lan)) {
      return bench.run(innerLength, 1, time);
    }
  }

  /**
   * UDP datagrams, each read by itself.
   *
   * @param innerLength of each packet, 32 to 256: one batch takes them all
   * @param flows they are of, in turns: 1 to 64
   * @throws IllegalStateException when not every packet comes through
   */
  public static Figures measureUdp(
      EspBackend backend, EspTransform transform, int innerLength, int flows, Duration time) {
    BenchLan lan = BenchLan.udp(innerLength, flows);
    try (PathBench bench = new PathBench(backend, transform, lan)) {
      return bench.run(innerLength, flows, time);
    }
  }

  /**
   * The first half of the time is for the compiler and the caches, and more where the compiler is
   * kept waiting by others.
   */
  private Figures run(int innerLength, int flows, Duration time) {
    long all = warmUp(time.dividedBy(2));
    long end = System.nanoTime() + time.toNanos() / 2;
    int rounds = 0;
    while (rounds < MAX_ROUNDS && (rounds == 0 || System.nanoTime() < end)) {
      round(rounds++);
      all += lan.packets();
    }
    if (out.packets() != all || in.packets() != all) {
      throw new IllegalStateException(
          "of %d packets %d were sent, %d delivered; dropped: %s, %s"
              .formatted(all, out.packets(), in.packets(), out.drops(), in.drops()));
    }
    Cost cost = new Cost(less(outward, read, rounds), less(inward, received, rounds));
    return new Figures(innerLength, flows, cost, rounds);
  }

  private long warmUp(Duration time) {
    long start = System.nanoTime();
    long enough = start + time.toNanos();
    long atMost = start + PATIENCE * time.toNanos();
    int rounds = 0;
    long now = start;
    while (now < enough || (rounds < WARM_ROUNDS && now < atMost)) {
      round(0);
      rounds++;
      now = System.nanoTime();
    }
    return (long) rounds * lan.packets();
  }

  /** Each by itself: what interrupts a round interrupts one of the two. */
  private Nanos less(long[] turns, long[] copies, int count) {
    long[] turn = Arrays.copyOf(turns, count);
    long[] copy = Arrays.copyOf(copies, count);
    Arrays.sort(turn);
    Arrays.sort(copy);
    double packets = lan.packets();
    return new Nanos((turn[count / 2] - copy[count / 2]) / packets, (turn[0] - copy[0]) / packets);
  }

  private void round(int round) {
    lan.load();
    wan.clear();
    long start = System.nanoTime();
    outbound.turn();
    outward[round] = System.nanoTime() - start;
    lan.load();
    read[round] = copies(at -> lan.read(scratch, at, ROOM - at));
    start = System.nanoTime();
    receiving.turn();
    inward[round] = System.nanoTime() - start;
    wan.rewind();
    received[round] = copies(at -> wan.receive(scratch, at, ROOM - at));
  }

  private static long copies(IntUnaryOperator source) {
    long start = System.nanoTime();
    int at = 0;
    int n = source.applyAsInt(at);
    while (n > 0) {
      at += n;
      n = source.applyAsInt(at);
    }
    return System.nanoTime() - start;
  }

  /** Takes both SAs out of use, which frees their keys. */
  @Override
  public void close() {
    publish(new Snapshot(2, List.of(), List.of(), List.of()));
    arena.close();
  }
}
