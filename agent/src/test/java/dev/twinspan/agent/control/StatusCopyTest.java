package dev.twinspan.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.EventTotals;
import dev.twinspan.agent.status.StatusFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatusCopyTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Instant BEGAN = Instant.parse("2026-11-23T04:00:00Z");

  private final List<Long> copied = new ArrayList<>();
  private final StatusCopy copy = new StatusCopy(this::build, 0);
  private EventTotals totals = EventTotals.NONE;

  private AgentStatus build(long now) {
    copied.add(now / SECOND);
    return StatusFixture.both(600).at(BEGAN.plusNanos(now));
  }

  /** Each second of the range; the status tells the time of each. */
  private void pass(int from, int to, boolean rests) {
    for (int second = from; second <= to; second++) {
      copy.everySecond(second * SECOND, rests, totals);
      assertThat(copy.latest().time()).isEqualTo(BEGAN.plusSeconds(second));
    }
  }

  @Test
  void shouldCopyEachSecondWhilePacketsPass() {
    pass(1, 4, false);
    assertThat(copied).containsExactly(0L, 1L, 2L, 3L, 4L);
  }

  @Test
  void shouldCopyOnceWhenTunnelsComeToRestAndEachThirdSecondThen() {
    pass(1, 2, false);
    pass(3, 9, true);
    assertThat(copied).containsExactly(0L, 1L, 2L, 3L, 6L, 9L);
    pass(10, 11, false);
    assertThat(copied).endsWith(9L, 10L, 11L);
  }

  @Test
  void shouldTellAnEventWithinASecondAndWhatChangedAtOnce() {
    pass(1, 2, true);
    totals =
        totals.with(
            new Event(1, 1, BEGAN, null, "routes-repaired", "put back", Duration.ofMillis(1)));
    pass(3, 4, true);
    assertThat(copied).containsExactly(0L, 1L, 3L);
    copy.refresh(4 * SECOND + SECOND / 2);
    assertThat(copy.latest().time()).isEqualTo(BEGAN.plusMillis(4500));
    assertThat(copied).hasSize(4);
    pass(5, 7, true);
    assertThat(copied).hasSize(4);
  }
}
