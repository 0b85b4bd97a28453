package dev.twinspan.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Looked at every 200 ms, as the control loop does. */
class SilenceTest {
  private static final long LOOK = 200 * Silence.MILLISECOND;
  private static final long START = 1_000 * Silence.MILLISECOND;

  private final Silence silence = new Silence();

  @Test
  void shouldSayNothingWhileAnswersCome() {
    for (long now = START; now < 100 * START; now += LOOK) {
      assertThat(silence.asks(now, now, now - LOOK / 2)).isFalse();
    }
  }

  @Test
  void shouldAskHalfASecondAfterTheLastAnswer() {
    long heard = START;
    long now = START;
    while (!silence.asks(now, now, heard)) {
      now += LOOK;
      assertThat(now - heard).isLessThanOrEqualTo(700 * Silence.MILLISECOND);
    }
    assertThat(now - heard).isGreaterThanOrEqualTo(Silence.PATIENCE);
  }

  @Test
  void shouldAskLessAndLessOftenAboutTrafficOfOneDirection() {
    int asked = 0;
    for (long now = START; now < START + 60_000 * Silence.MILLISECOND; now += LOOK) {
      asked += silence.asks(now, now, 0) ? 1 : 0;
    }
    assertThat(asked).isBetween(5, 8);
  }

  @Test
  void shouldNotAskForWhatNobodyWaitsForAnyMore() {
    assertThat(silence.asks(START, START, 0)).isFalse();
    for (long now = START + Silence.RECENT + LOOK; now < 100 * START; now += LOOK) {
      assertThat(silence.asks(now, START, 0)).isFalse();
    }
  }
}
