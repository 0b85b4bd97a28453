package dev.twinspan.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.config.AgentConfig.TunnelDevice;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusFixture;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class CheckUpTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  @Test
  void shouldTellOfTheLatestStatus() {
    AtomicReference<AgentStatus> status = new AtomicReference<>(StatusFixture.both(600));
    try (CheckUp checkUp = new CheckUp(status::get, () -> TunnelDevice.DEFAULT).start()) {
      status.set(StatusFixture.oneFailed(610));
      Await.orThrow(
          SOON,
          () ->
              checkUp.verdicts().stream()
                  .anyMatch(
                      verdict ->
                          verdict.cause().equals("psk-mismatch")
                              && verdict.about().equals("hub-weu/in1")
                              && verdict.severity().equals("problem")
                              && !verdict.fixes().isEmpty()),
          "the key to be blamed",
          () -> checkUp.verdicts().toString());
      status.set(StatusFixture.both(620));
      Await.orThrow(
          SOON,
          () -> checkUp.verdicts().stream().noneMatch(v -> v.about().equals("hub-weu/in1")),
          "nothing to be said any more",
          () -> checkUp.verdicts().toString());
    }
  }

  @Test
  void shouldLookNoMoreOnceItIsClosed() {
    AtomicInteger looks = new AtomicInteger();
    CheckUp checkUp =
        new CheckUp(
            () -> {
              looks.incrementAndGet();
              return StatusFixture.both(600);
            },
            () -> TunnelDevice.DEFAULT);
    checkUp.close();
    assertThat(looks).as("never started").hasValue(0);
    checkUp.start();
    Await.orThrow(SOON, () -> looks.get() > 0, "a look", looks::toString);
    checkUp.close();
    int then = looks.get();
    assertThat(Await.until(Duration.ofSeconds(4), () -> looks.get() > then)).isFalse();
  }

  @Test
  void shouldSayNothingRatherThanSomethingOldOnceItFails() {
    AtomicInteger looks = new AtomicInteger();
    CheckUp checkUp =
        new CheckUp(
            () -> {
              if (looks.incrementAndGet() > 2) {
                throw new IllegalStateException("a fault on purpose");
              }
              return StatusFixture.oneFailed(600);
            },
            () -> TunnelDevice.DEFAULT);
    try (checkUp) {
      checkUp.start();
      Await.orThrow(SOON, () -> !checkUp.verdicts().isEmpty(), "a verdict", looks::toString);
      Await.orThrow(SOON, () -> checkUp.verdicts().isEmpty(), "none", looks::toString);
    }
  }
}
