package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TunnelCountersTest {
  private static final long MILLISECOND = 1_000_000;

  private final AtomicInteger told = new AtomicInteger();
  private final TunnelCounters counters = new TunnelCounters(0, told::incrementAndGet);

  @Test
  void shouldTellOfTheFirstPacketAndOfTheFirstAfterEachPause() {
    counters.out().passed(1, 100, MILLISECOND);
    assertThat(told).hasValue(1);
    for (int i = 2; i < 2_000; i++) {
      counters.out().passed(1, 100, i * MILLISECOND);
    }
    counters.out().passed(1, 100, 2_400 * MILLISECOND);
    assertThat(told).hasValue(1);
    counters.out().passed(1, 100, 3_000 * MILLISECOND);
    assertThat(told).hasValue(2);
  }

  @Test
  void shouldTellOfEitherDirectionAndOfWhatWasSentInVain() {
    counters.in().passed(1, 100, MILLISECOND);
    counters.out().passed(1, 100, 2 * MILLISECOND);
    assertThat(told).hasValue(2);
    counters.out().stirred(600 * MILLISECOND);
    counters.out().stirred(601 * MILLISECOND);
    assertThat(told).hasValue(3);
    assertThat(counters.out().packets()).isEqualTo(1);
  }
}
