package dev.twinspan.agent.sim.bgp;

import org.junit.jupiter.api.Test;

/** Thousands of random stories; each is its seed. */
class BgpScheduleTest {
  /** More with {@code -Dsim.bgp.seeds=100000}. */
  private static final int SEEDS = Integer.getInteger("sim.bgp.seeds", 3_000);

  private static final int FIRST = Integer.getInteger("sim.bgp.first", 1);

  @Test
  void shouldAgreeAfterEveryStorm() {
    for (int seed = FIRST; seed < FIRST + SEEDS; seed++) {
      new BgpSchedule(seed).run();
    }
  }
}
