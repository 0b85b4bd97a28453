package dev.twinspan.agent.fleet.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RebirthsTest {
  private final FleetModel model = new FleetModel();
  private final Rebirths rebirths = new Rebirths();
  private long now = 5;

  private void health(String device, long sequence) {
    String payload =
        "{\"session\":1,\"seq\":%d,\"time\":\"2026-01-01T00:00:00Z\",\"tunnels\":[]}"
            .formatted(sequence);
    model.take(
        "twinspan/1/lyon/" + device + "/health",
        payload.getBytes(StandardCharsets.UTF_8),
        Instant.EPOCH);
  }

  private int due(Duration later) {
    now += later.toNanos();
    return rebirths.due(now, model.boxes()).size();
  }

  @Test
  void shouldAskForAGapOnceAMinuteAndOnlyForANewOne() {
    health("a", 1);
    health("a", 2);
    assertThat(due(Duration.ZERO)).isZero();
    health("a", 4);
    assertThat(due(Duration.ZERO)).isOne();
    assertThat(due(Rebirths.AGAIN)).as("the same gap").isZero();
    health("a", 6);
    assertThat(due(Duration.ZERO)).isOne();
    health("a", 8);
    assertThat(due(Duration.ofSeconds(30))).as("too soon").isZero();
    assertThat(due(Duration.ofSeconds(30))).isOne();
  }

  @Test
  void shouldAskAFewAtATime() {
    for (int i = 0; i < 2 * Rebirths.MOST + 1; i++) {
      health("b" + i, 1);
      health("b" + i, 3);
    }
    assertThat(due(Duration.ZERO)).isEqualTo(Rebirths.MOST);
    assertThat(due(Duration.ofMillis(400))).isZero();
    assertThat(due(Rebirths.PAUSE)).isEqualTo(Rebirths.MOST);
    assertThat(due(Rebirths.PAUSE)).isOne();
    assertThat(due(Rebirths.PAUSE)).isZero();
  }

  @Test
  void shouldAskNobodyWhenItMayNot() {
    health("a", 1);
    health("a", 3);
    rebirths.stop();
    assertThat(due(Duration.ZERO)).isZero();
  }
}
