package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.sim.FastCrypto;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void shouldStartWithinASecondDoubleAndStayBelowTenSeconds() {
    Backoff backoff =
        new Backoff(new IkeContext(new FastCrypto(3)), Timing.REOPEN, Timing.REOPEN_CAP);
    assertThat(backoff.next()).isBetween(250 * Timing.MILLISECOND, 500 * Timing.MILLISECOND);
    assertThat(backoff.next()).isBetween(500 * Timing.MILLISECOND, Timing.SECOND);
    for (int i = 0; i < 100; i++) {
      assertThat(backoff.next()).isBetween(Timing.SECOND, 10 * Timing.SECOND);
    }
    assertThat(backoff.next()).isGreaterThanOrEqualTo(5 * Timing.SECOND);
    backoff.reset();
    assertThat(backoff.next()).isLessThanOrEqualTo(500 * Timing.MILLISECOND);
  }

  @Test
  void shouldNotComeBackInStep() {
    Backoff one = new Backoff(new IkeContext(new FastCrypto(1)), Timing.REOPEN, Timing.REOPEN_CAP);
    Backoff other =
        new Backoff(new IkeContext(new FastCrypto(2)), Timing.REOPEN, Timing.REOPEN_CAP);

    assertThat(one.next()).isNotEqualTo(other.next());
  }
}
