package dev.twinspan.agent.sim;

import org.junit.jupiter.api.Test;

/** Thousands of random stories; each is its seed. */
class IkeScheduleTest {
  /** More with {@code -Dsim.seeds=100000}. */
  private static final int SEEDS = Integer.getInteger("sim.seeds", 1_500);

  private static final int FIRST = Integer.getInteger("sim.first", 1);

  @Test
  void shouldComeTogetherAfterEveryStorm() {
    for (int seed = FIRST; seed < FIRST + SEEDS; seed++) {
      new Schedule(seed).run();
    }
  }
}
