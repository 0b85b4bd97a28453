package dev.twinspan.agent.sim;

import dev.twinspan.agent.ike.IkeEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/** Runs many stories on all cores; the lowest failing seed is the one that is told. */
public final class Seeds {
  /** One story by its seed. */
  public interface Story {
    /**
     * @param charted whether what happens is written down, for the message of what it throws
     */
    void run(long seed, boolean charted);
  }

  private final Story story;
  private final String again;

  Seeds(LongFunction<IkeEngine> engines) {
    this(engines, 0);
  }

  /**
   * @param pairs as in {@link Schedule}
   */
  Seeds(LongFunction<IkeEngine> engines, int pairs) {
    this(
        (seed, charted) -> {
          Schedule schedule = new Schedule(seed, engines, pairs);
          (charted ? schedule : schedule.uncharted()).run();
        },
        "-Dtest=IkeScheduleTest -Dsim.first=%d -Dsim.seeds=1");
  }

  /**
   * @param again the test and the properties that repeat a seed, with %d in its place
   */
  public Seeds(Story story, String again) {
    this.story = story;
    this.again = again;
  }

  /** The lowest seed that fails, out of {@code count} from {@code first}. */
  public OptionalLong firstFailing(long first, long count) {
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
        story.run(seed, false);
      } catch (AssertionError | RuntimeException _) {
        failed.accumulateAndGet(seed, Math::min); // told with its chart when it runs again
      }
    }
  }

  /** Once more, and this time it is written down. */
  public AssertionError explained(long seed) {
    String repeat =
        "repeat: ./mvnw -pl agent -am test "
            + again.formatted(seed)
            + " -Dsim.chart=400 -Dsurefire.failIfNoSpecifiedTests=false\n";
    try {
      story.run(seed, true);
      return new AssertionError(repeat + "seed " + seed + " failed once and not again");
    } catch (AssertionError | RuntimeException e) {
      return new AssertionError(repeat + e.getMessage(), e);
    }
  }
}
