package dev.twinspan.agent.tunnel;

import static dev.twinspan.agent.tunnel.Rig.IN0;
import static dev.twinspan.agent.tunnel.Rig.IN1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Traffic both ways, and an instance that dies in any millisecond between two inquiries. */
class MomentsOfDeathTest {
  /** Bar of two-way flows, also right behind the answer to an inquiry. */
  @ParameterizedTest
  @CsvSource({"2, 3", "2, 10", "20, 10", "2, 40"})
  void shouldMoveFlowsWithinHalfASecond(long roundTripMillis, long everyMillis) {
    long slowest = 0;
    for (long phase = 0; phase < 640; phase++) {
      Rig rig = Rig.pair().talking(everyMillis);
      rig.ways.values().forEach(way -> way.roundTripMillis = roundTripMillis);
      rig.pass(2_500 + phase);
      rig.way(IN0).dies();
      slowest = Math.max(slowest, rig.until(IN0, TunnelPhase.LOST, 3_000));
      assertThat(rig.phases(IN1)).containsExactly(TunnelPhase.UP);
    }
    assertThat(slowest).isBetween(150L, 500L);
  }
}
