package dev.twinspan.agent.bench;

import dev.twinspan.agent.bench.BenchPair.End;
import dev.twinspan.agent.bench.DatapathReport.Direction;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.ffi.crypto.CipherBench;
import dev.twinspan.ffi.crypto.CipherBench.Figures;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.crypto.SharedBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * One TCP flow through our tunnel, in turns with one that meets the same system calls and no ESP
 * and with the bare cipher, and where each packet's processor time goes.
 */
final class OneFlow {
  private static final int WARM_STEPS = 5;

  /**
   * The tunnel, the floor under it and the cipher are measured in turns, as a machine shared with
   * others is quick at one time and slow at another; a figure is the median of them.
   */
  private static final int ROUNDS = 5;

  /** Of a slice, before it: until TCP has found its rate. */
  private static final int SETTLE = 4;

  /** Parts of the time: to warm up, each slice, the bare cipher in all. */
  private static final int WARM_UP = 8;

  private static final int SLICE = 12;
  private static final int CIPHER = 8;

  /** How often the bar is moved on. */
  static final int STEPS = WARM_STEPS + ROUNDS * (2 * 2 + 1);

  private OneFlow() {}

  /** One contender's rounds. */
  private static final class Turns {
    private final InnerPath path;
    private final Watch sent;
    private final Watch received;
    private final List<Direction> out = new ArrayList<>();
    private final List<Direction> in = new ArrayList<>();
    private double seconds;

    Turns(InnerPath path, Watch sent, Watch received) {
      this.path = path;
      this.sent = sent;
      this.received = received;
    }

    void run(Duration slice, ProgressBar bar, String what) throws IOException {
      try (TcpFlow _ = TcpFlow.open(path)) {
        pass(slice.dividedBy(SETTLE), 1, bar, what);
        sent.begin();
        received.begin();
        pass(slice, 1, bar, what);
        Direction there = sent.end();
        Direction arrived = received.end();
        if (there.packets() == 0 || arrived.packets() == 0) {
          throw new BenchException(
              "%d packets were sent and %d came in %.1f s, expected a TCP flow: is this kernel's"
                      .formatted(there.packets(), arrived.packets(), received.seconds())
                  + " firewall in new network namespaces?");
        }
        out.add(there);
        in.add(arrived);
        seconds += received.seconds();
      }
    }
  }

  /**
   * @param mtu of the inner packets
   */
  static DatapathReport measure(
      BenchPair pair,
      EspBackend backend,
      EspTransform transform,
      int mtu,
      Duration time,
      ProgressBar bar)
      throws Exception {
    Machine machine = Machine.detect();
    End left = pair.left();
    End right = pair.right();
    Turns tunnel =
        new Turns(
            pair.paths().getFirst(),
            new Watch(left.datapath().counters().out(), left.out()),
            new Watch(right.datapath().counters().in(), right.in()));
    Direction floorOut;
    Direction floorIn;
    List<Figures> cipher = new ArrayList<>();
    try (BarePair bare = BarePair.open(pair, transform, mtu)) {
      Turns floor = new Turns(bare.path(), bare.sent(), bare.received());
      warmUp(tunnel, floor, time.dividedBy(WARM_UP), bar);
      for (int round = 0; round < ROUNDS; round++) {
        tunnel.run(time.dividedBy(SLICE), bar, "a TCP flow through the tunnel");
        floor.run(time.dividedBy(SLICE), bar, "the same system calls without ESP");
        bar.show("the cipher by itself");
        cipher.add(CipherBench.measure(backend, transform, mtu, time.dividedBy(CIPHER * ROUNDS)));
        bar.step();
      }
      floorOut = Direction.of(floor.out);
      floorIn = Direction.of(floor.in);
    }
    Direction in = Direction.of(tunnel.in);
    return new DatapathReport(
        machine,
        SharedBackend.describe(backend),
        transform,
        tunnel.seconds,
        in.bytes() * 8 / tunnel.seconds / 1e9,
        Direction.of(tunnel.out),
        in,
        new DatapathReport.Floor(floorOut, floorIn),
        Figures.of(cipher),
        left.datapath().offloads());
  }

  /** Both in turns. */
  private static void warmUp(Turns tunnel, Turns floor, Duration time, ProgressBar bar)
      throws IOException {
    bar.show("warming up");
    WarmUp.with(
        () -> {
          for (Turns turns : List.of(tunnel, floor)) {
            try (TcpFlow _ = TcpFlow.open(turns.path)) {
              Await.pause(time.dividedBy(2));
            }
          }
        });
    for (int i = 0; i < WARM_STEPS; i++) {
      bar.step();
    }
  }

  static void pass(Duration time, int steps, ProgressBar bar, String what) {
    long step = time.toNanos() / steps;
    for (int i = 0; i < steps; i++) {
      bar.show(what);
      long end = System.nanoTime() + step;
      while (System.nanoTime() < end) {
        LockSupport.parkNanos(end - System.nanoTime());
      }
      bar.step();
    }
  }

  /** One direction's counters and its thread's time, from one moment to another. */
  static final class Watch {
    private final TrafficCounters counters;
    private final LoopThread thread;
    private long packets;
    private long bytes;
    private long batches;
    private LoopThread.Time time = new LoopThread.Time(0, 0, 0);
    private long began;
    private long nanos;

    Watch(TrafficCounters counters, LoopThread thread) {
      this.counters = counters;
      this.thread = thread;
    }

    void begin() {
      began = System.nanoTime();
      Sum before = sum();
      packets = before.packets();
      bytes = before.bytes();
      batches = counters.batches();
      time = thread.time();
    }

    Direction end() {
      LoopThread.Time spent = thread.time().since(time);
      nanos = System.nanoTime() - began;
      Sum after = sum();
      long passed = after.packets() - packets;
      double each = passed == 0 ? 0 : (double) spent.nanos() / passed;
      return new Direction(
          passed,
          after.bytes() - bytes,
          (double) spent.nanos() / nanos,
          each,
          each * spent.systemShare(),
          (double) passed / Math.max(1, counters.batches() - batches));
    }

    /** Whether anything has, since the beginning. */
    boolean passed() {
      return counters.packets() > packets;
    }

    /** Both of one moment: on a busy machine this thread may sleep between two looks. */
    private Sum sum() {
      long seen = counters.packets();
      while (true) {
        long sum = counters.bytes();
        long again = counters.packets();
        if (again == seen) {
          return new Sum(seen, sum);
        }
        seen = again;
      }
    }

    double seconds() {
      return nanos / 1e9;
    }
  }

  private record Sum(long packets, long bytes) {}
}
