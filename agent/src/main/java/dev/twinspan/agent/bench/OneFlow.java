package dev.twinspan.agent.bench;

import dev.twinspan.agent.bench.BenchPair.End;
import dev.twinspan.agent.bench.DatapathReport.Direction;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.ffi.crypto.CipherBench;
import dev.twinspan.ffi.crypto.CipherBench.Figures;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspTransform;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** One TCP flow through our tunnel, and where each packet's processor time goes. */
final class OneFlow {
  /** How often the bar is moved on. */
  static final int STEPS = 40;

  private OneFlow() {}

  /**
   * A quarter of the time warms up, half of it is measured, a quarter is for the bare cipher.
   *
   * @param mtu of the inner packets
   */
  static DatapathReport measure(
      BenchPair pair,
      EspBackend backend,
      EspTransform transform,
      int mtu,
      Duration time,
      ProgressBar bar)
      throws IOException {
    Machine machine = Machine.detect();
    Duration quarter = time.dividedBy(4);
    End left = pair.left();
    End right = pair.right();
    Direction out;
    Direction in;
    Watch sent = new Watch(left.datapath().counters().out(), left.out());
    Watch received = new Watch(right.datapath().counters().in(), right.in());
    try (TcpFlow _ = TcpFlow.open(pair.paths().getFirst())) {
      pass(quarter, STEPS / 4, bar, "warming up");
      sent.begin();
      received.begin();
      pass(quarter.multipliedBy(2), STEPS / 2, bar, "a TCP flow through the tunnel");
      out = sent.end();
      in = received.end();
    }
    if (out.packets() == 0 || in.packets() == 0) {
      throw new BenchException(
          "%d packets were sent and %d came in %.0f s, expected a TCP flow: is this kernel's"
                  .formatted(out.packets(), in.packets(), received.seconds())
              + " firewall in new network namespaces?");
    }
    bar.show("the cipher by itself");
    Figures esp = CipherBench.measure(backend, transform, mtu, quarter);
    for (int i = STEPS / 4 + STEPS / 2; i < STEPS; i++) {
      bar.step();
    }
    double seconds = received.seconds();
    return new DatapathReport(
        machine,
        backend.name(),
        transform,
        seconds,
        in.bytes() * 8 / seconds / 1e9,
        out,
        in,
        esp,
        left.datapath().offloads());
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
          each * spent.systemShare());
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
