package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.IkeEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/** Runs many schedules on all cores; the lowest failing seed is the one that is told. */
final class Seeds {
  private final LongFunction<IkeEngine> engines;

  private final int pairs;

  Seeds(LongFunction<IkeEngine> engines) {
    this(engines, 0);
  }

  /**
   * @param pairs as in {@link Schedule}
   */
  Seeds(LongFunction<IkeEngine> engines, int pairs) {
    this.engines = engines;
    this.pairs = pairs;
  }

  /** The lowest seed that fails, out of {@code count} from {@code first}. */
  OptionalLong firstFailing(long first, long count) {
    AtomicLong next = new AtomicLong(first);
    AtomicLong failed = new AtomicLong(Long.MAX_VALUE);
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      workers.add(
          Thread.ofPlatform().name("sim-" + i).start(() -> work(next, first + count, failed)));
    }
    for (Thread worker : workers) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    return failed.get() == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(failed.get());
  }

  private void work(AtomicLong next, long end, AtomicLong failed) {
    for (long seed = next.getAndIncrement(); seed < end; seed = next.getAndIncrement()) {
      if (seed > failed.get()) {
        return;
      }
      try {
        new Schedule(seed, engines, pairs).uncharted().run();
      } catch (AssertionError | RuntimeException _) {
        failed.accumulateAndGet(seed, Math::min); // told with its chart when it runs again
      }
    }
  }

  /** Once more, and this time it is written down. */
  AssertionError explained(long seed) {
    String again =
        "repeat: ./mvnw -pl agent -am test -Dtest=IkeScheduleTest -Dsim.first=%d -Dsim.seeds=1"
                .formatted(seed)
            + " -Dsim.chart=400 -Dsurefire.failIfNoSpecifiedTests=false\n";
    try {
      new Schedule(seed, engines, pairs).run();
      return new AssertionError(again + "seed " + seed + " failed once and not again");
    } catch (AssertionError | RuntimeException e) {
      return new AssertionError(again + e.getMessage(), e);
    }
  }
}
