package dev.twinspan.agent.fleet.desired;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.desired.Trial.Sight;
import dev.twinspan.agent.fleet.desired.Trial.Verdict;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** In virtual time, a look each second. */
class TrialTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long BEGUN = 77 * SECOND;

  private final Trial trial = new Trial(BEGUN, Duration.ofSeconds(20), 2, 1);
  private int second;

  private Verdict next(int tunnels, int sessions, boolean answers) {
    second++;
    long now = BEGUN + second * SECOND;
    return trial.look(now, new Sight(tunnels, sessions, answers ? now : BEGUN + SECOND));
  }

  private void waits(int seconds, int tunnels, int sessions, boolean answers) {
    for (int i = 0; i < seconds; i++) {
      assertThat(next(tunnels, sessions, answers)).isInstanceOf(Verdict.Wait.class);
    }
  }

  private String reason(int tunnels, int sessions, boolean answers) {
    Verdict verdict = next(tunnels, sessions, answers);
    assertThat(verdict).isInstanceOf(Verdict.RollBack.class);
    return ((Verdict.RollBack) verdict).reason();
  }

  @Test
  void shouldConfirmWhatIsWellForAWhile() {
    waits(6, 2, 1, true);
    assertThat(next(2, 1, true)).isInstanceOf(Verdict.Confirm.class);
  }

  @Test
  void shouldCountAnewAfterEachLoss() {
    waits(6, 2, 1, true);
    waits(1, 1, 1, true);
    waits(5, 2, 1, true);
    assertThat(next(2, 1, true)).isInstanceOf(Verdict.Confirm.class);
  }

  @Test
  void shouldTakeBackWhatLosesATunnel() {
    waits(19, 1, 1, true);
    assertThat(reason(1, 1, true)).isEqualTo("tunnels_lost");
  }

  @Test
  void shouldTakeBackWhatLosesBgp() {
    waits(19, 2, 0, true);
    assertThat(reason(2, 0, true)).isEqualTo("bgp_lost");
  }

  /** An answer to what was asked before does not count. */
  @Test
  void shouldTakeBackWhatLosesTheBroker() {
    waits(19, 2, 1, false);
    assertThat(reason(2, 1, false)).isEqualTo("fleet_link_lost");
  }

  @Test
  void shouldTakeBackWhatComesAndGoes() {
    for (int i = 0; i < 4; i++) {
      waits(4, 2, 1, true);
      waits(i == 3 ? 0 : 1, 1, 1, true);
    }
    assertThat(reason(2, 1, true)).isEqualTo("unsteady");
  }
}
