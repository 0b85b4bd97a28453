package dev.twinspan.agent.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.EngineProbe;
import dev.twinspan.agent.ike.IkeEngine;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

/** Thousands of random stories; each is its seed. */
class IkeScheduleTest {
  /** More with {@code -Dsim.seeds=100000}. */
  private static final long SEEDS = Long.getLong("sim.seeds", 4_000);

  private static final long FIRST = Long.getLong("sim.first", 1);

  /** A planted bug must be found within so many. */
  private static final long PATIENCE = 10_000;

  @Test
  void shouldComeTogetherAfterEveryStorm() {
    long start = System.nanoTime();
    Seeds seeds = new Seeds(own -> new IkeEngine(new FastCrypto(own)));
    OptionalLong failing = seeds.firstFailing(FIRST, SEEDS);
    if (failing.isPresent()) {
      throw seeds.explained(failing.getAsLong());
    }
    System.out.printf(
        "%d schedules clean in %.1f s on %d cores%n",
        SEEDS, (System.nanoTime() - start) / 1e9, Runtime.getRuntime().availableProcessors());
  }

  /** Policy-based, three pairs: after every storm all of them are up, each once. */
  @Test
  void shouldBringEveryPairBackAfterEveryStorm() {
    long count = Math.max(1, SEEDS / 8);
    Seeds seeds = new Seeds(own -> new IkeEngine(new FastCrypto(own)), 3);
    OptionalLong failing = seeds.firstFailing(FIRST, count);
    if (failing.isPresent()) {
      throw seeds.explained(failing.getAsLong());
    }
    System.out.printf("%d schedules of three pairs clean%n", count);
  }

  /** The simulator is worth its name: without the nonces of RFC 7296 section 2.8.1, it objects. */
  @Test
  void shouldFindThatNobodyYieldsInACollision() {
    assertFound(own -> EngineProbe.nobodyYields(new FastCrypto(own)));
  }

  @Test
  void shouldFindThatBothYieldInACollision() {
    assertFound(own -> EngineProbe.bothYield(new FastCrypto(own)));
  }

  private static void assertFound(LongFunction<IkeEngine> planted) {
    Seeds seeds = new Seeds(planted);
    OptionalLong found = seeds.firstFailing(1, PATIENCE);
    assertThat(found).as("a seed that finds the bug").isPresent();
    assertThat(seeds.explained(found.getAsLong()))
        .hasMessageContaining("-Dsim.first=" + found.getAsLong())
        .hasMessageContaining("CREATE_CHILD_SA request");
  }

  @Test
  void shouldTellTheSameStoryForTheSameSeed() {
    Seeds seeds = new Seeds(own -> EngineProbe.nobodyYields(new FastCrypto(own)));
    long seed = seeds.firstFailing(1, PATIENCE).orElseThrow();
    assertThat(seeds.explained(seed)).hasMessage(seeds.explained(seed).getMessage());
  }
}
