package dev.twinspan.agent.bench;

import dev.twinspan.agent.terminal.Terminal;
import dev.twinspan.datapath.SoakLane;
import dev.twinspan.ffi.crypto.EspBackend;
import dev.twinspan.ffi.crypto.EspBackends;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLongArray;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code twinspan bench soak}. */
@Command(
    name = "soak",
    description = {
      "Packets without end through whole datapaths in memory, each byte of each payload checked.",
      "On the wire between them some change places, come twice or late, or are forged; each must"
          + " be",
      "refused by the counter that is meant for it. Sequence numbers pass 2³². Needs no rights."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every packet came once, as it was sent, nothing else did, and memory is flat",
      "1:something else was seen; the report says what",
      "2:the command line is wrong"
    })
final class SoakBenchCommand implements Callable<Integer> {
  private static final long DEFAULT_PACKETS = 10_000_000;
  private static final long LEAST_PACKETS = 100_000;
  private static final int MAX_THREADS = 64;
  private static final int STEPS = 1000;
  private static final int LOOK_MILLIS = 200;

  /** Of the packets, when memory is looked at first. */
  private static final int TENTH = 10;

  /** Packets of an SA before the edge: some thousands of rounds, and a small part of the run. */
  private static final long MOST_BEFORE = 5_000_000;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--packets",
      paramLabel = "N",
      defaultValue = "" + DEFAULT_PACKETS,
      description = "All together; ${DEFAULT-VALUE} unless given.")
  private long packets = DEFAULT_PACKETS;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Each with datapaths of its own; as many as there are processors unless given.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of payloads and mischief; ${DEFAULT-VALUE} unless given.")
  private long seed = 1;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    options.check();
    BenchOptions.checkRange(spec, "--packets", packets, LEAST_PACKETS, Long.MAX_VALUE);
    BenchOptions.checkRange(spec, "--threads", threads, 1, MAX_THREADS);
    SoakReport report = soak(options.helped(EspBackends.choose(options.backend()).backend()));
    options.print(report);
    return report.right() ? 0 : 1;
  }

  private SoakReport soak(EspBackend esp) throws Exception {
    Machine machine = Machine.detect();
    long each = packets / threads;
    long before = Math.min(MOST_BEFORE, each / TENTH);
    AtomicLongArray sent = new AtomicLongArray(threads);
    List<SoakLane> lanes = new ArrayList<>();
    List<FutureTask<SoakLane.Result>> tasks = new ArrayList<>();
    try (ProgressBar bar = new ProgressBar(options.err(), Terminal.isTerminal(2), STEPS)) {
      for (int i = 0; i < threads; i++) {
        int number = i;
        SoakLane lane = new SoakLane(esp, seed + i, before);
        lanes.add(lane);
        tasks.add(
            new FutureTask<>(
                () -> {
                  lane.run(each, n -> sent.setOpaque(number, n));
                  return lane.result();
                }));
      }
      long began = System.nanoTime();
      List<Thread> running = new ArrayList<>();
      for (FutureTask<SoakLane.Result> task : tasks) {
        running.add(Thread.ofPlatform().daemon().name("bench-soak-" + running.size()).start(task));
      }
      MemoryUse early = watch(running, sent, began, bar);
      double seconds = (System.nanoTime() - began) / 1e9;
      List<SoakLane.Result> results = new ArrayList<>();
      for (FutureTask<SoakLane.Result> task : tasks) {
        results.add(task.get());
      }
      return new SoakReport(machine, esp.name(), seed, seconds, results, early, MemoryUse.now());
    } finally {
      lanes.forEach(SoakLane::close);
    }
  }

  /** Until all threads have ended; memory when a tenth was done. */
  private MemoryUse watch(List<Thread> running, AtomicLongArray sent, long began, ProgressBar bar)
      throws InterruptedException {
    MemoryUse early = null;
    int steps = 0;
    for (Thread thread : running) {
      while (!thread.join(Duration.ofMillis(LOOK_MILLIS))) {
        long done = sum(sent);
        if (early == null && done >= packets / TENTH) {
          early = MemoryUse.now();
        }
        bar.show(
            "%,d packets, %.2f million a second"
                .formatted(done, done * 1e3 / (System.nanoTime() - began)));
        for (; steps < (long) STEPS * done / packets && steps < STEPS; steps++) {
          bar.step();
        }
      }
    }
    return early == null ? MemoryUse.now() : early;
  }

  private static long sum(AtomicLongArray counts) {
    long sum = 0;
    for (int i = 0; i < counts.length(); i++) {
      sum += counts.getOpaque(i);
    }
    return sum;
  }
}
