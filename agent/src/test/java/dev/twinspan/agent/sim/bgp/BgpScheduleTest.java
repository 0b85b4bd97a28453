package dev.twinspan.agent.sim.bgp;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.bgp.BgpProbe;
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

  /** Worth its name: a speaker that keeps the routes of a session that is over is found. */
  @Test
  void shouldFindThatRoutesAreNotWithdrawn() {
    assertThatThrownBy(
            () -> {
              for (int seed = 1; seed < 100; seed++) {
                new BgpSchedule(seed, BgpProbe::neverWithdraws).run();
              }
            })
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("routes");
  }
}
