package dev.twinspan.agent.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessTimeTest {
  @Test
  void shouldAddUserAndSystemTimeWhateverTheNameIs() {
    String stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 7 5 0 0 20 0 1 0 100 0 0";
    assertThat(ProcessTime.nanos(stat)).isEqualTo(120_000_000);
  }

  @Test
  void shouldCountNothingForAProcessThatIsGone() {
    assertThat(ProcessTime.nanos(Long.MAX_VALUE)).isZero();
    assertThat(ProcessTime.nanos(ProcessHandle.current().pid())).isPositive();
  }
}
