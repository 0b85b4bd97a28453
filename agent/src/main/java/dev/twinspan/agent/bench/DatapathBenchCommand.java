package dev.twinspan.agent.bench;

import dev.twinspan.agent.bench.BenchPair.End;
import dev.twinspan.agent.bench.DatapathReport.Direction;
import dev.twinspan.agent.rehearse.netns.BenchException;
import dev.twinspan.agent.terminal.Terminal;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.ffi.crypto.CipherBench;
import dev.twinspan.ffi.crypto.CipherBench.Figures;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import dev.twinspan.ffi.linux.KernelException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code twinspan bench datapath}. */
@Command(
    name = "datapath",
    description = {
      "The whole way of a packet, through this kernel: a TCP flow in a tunnel between two network",
      "namespaces, both ends on this machine, AES-256-GCM. Nanoseconds of processor a packet for"
          + " each",
      "direction, where they go, and the library's own share measured beside it."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:measured",
      "1:a namespace, a TUN or a socket was refused; the reason is on standard error",
      "2:the command line is wrong"
    })
final class DatapathBenchCommand implements Callable<Integer> {
  private static final EspTransform TRANSFORM = EspTransform.AES_GCM_256;

  /** In ESP, UDP and IPv4 it fills 1500 bytes. */
  private static final int MTU = CryptoReport.LARGE;

  private static final int STEPS = 40;

  @Mixin private BenchOptions options = new BenchOptions();

  @Override
  public Integer call() throws Exception {
    options.check(2);
    try {
      options.print(measure(EspBackends.choose(options.backend()).backend()));
      return 0;
    } catch (KernelException | BenchException e) {
      options.err().println("twinspan: " + e.getMessage());
      return 1;
    }
  }

  /** A quarter of the time warms up, half of it is measured, a quarter is for the bare cipher. */
  private DatapathReport measure(EspBackend backend) throws Exception {
    Machine machine = Machine.detect();
    Duration quarter = Duration.ofSeconds(options.seconds()).dividedBy(4);
    try (ProgressBar bar = new ProgressBar(options.err(), Terminal.isTerminal(2), STEPS);
        BenchPair pair = BenchPair.open(backend, TRANSFORM, MTU)) {
      End left = pair.left();
      End right = pair.right();
      Direction out;
      Direction in;
      Watch sent = new Watch(left.datapath().counters().out(), left.out());
      Watch received = new Watch(right.datapath().counters().in(), right.in());
      try (TcpFlow _ = TcpFlow.open(left, right)) {
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
      Figures esp = CipherBench.measure(backend, TRANSFORM, MTU, quarter);
      double time = received.seconds();
      return new DatapathReport(
          machine,
          backend.name(),
          TRANSFORM,
          time,
          in.bytes() * 8 / time / 1e9,
          out,
          in,
          esp,
          left.datapath().offloads());
    }
  }

  private static void pass(Duration time, int steps, ProgressBar bar, String what) {
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
  private static final class Watch {
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
      packets = counters.packets();
      bytes = counters.bytes();
      time = thread.time();
    }

    Direction end() {
      LoopThread.Time spent = thread.time().since(time);
      nanos = System.nanoTime() - began;
      long passed = counters.packets() - packets;
      double each = passed == 0 ? 0 : (double) spent.nanos() / passed;
      return new Direction(
          passed,
          counters.bytes() - bytes,
          (double) spent.nanos() / nanos,
          each,
          each * spent.systemShare());
    }

    double seconds() {
      return nanos / 1e9;
    }
  }
}
