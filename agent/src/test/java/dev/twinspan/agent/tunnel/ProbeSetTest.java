package dev.twinspan.agent.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;

class ProbeSetTest {
  private static final String IN0 = "hub/in0";
  private static final long SECOND = Timing.SECOND;

  private final ProbeSet probes = new ProbeSet();
  private final List<Long> sent = new ArrayList<>();
  private long now = SECOND;
  private boolean busy;

  ProbeSetTest() {
    probes.configure(Set.of(IN0));
  }

  /** Those probes are answered, in 20 ms, that {@code answers} says by their time in seconds. */
  private void pass(long seconds, LongPredicate answers) {
    for (long end = now + seconds * SECOND; now < end; now += SECOND) {
      for (ProbeSet.Probe probe : probes.look(now, this::see)) {
        sent.add(now / SECOND);
        if (answers.test(now / SECOND)) {
          probes.answered(IN0, probe.number(), now + 20 * Timing.MILLISECOND);
        }
      }
    }
  }

  private Sighting see(String name) {
    return new Sighting(true, busy ? now : 0, 0, 0, 0, 0);
  }

  @Test
  void shouldMeasureLatencyAndLoss() {
    busy = true;
    pass(200, second -> second % 3 != 0);

    ProbeSet.View view = probes.view(IN0);
    assertThat(view.latencyNanos()).isEqualTo(20 * Timing.MILLISECOND);
    assertThat(view.loss()).isBetween(0.1, 0.9);
    assertThat(view.sent()).isBetween(20L, 26L);
  }

  @Test
  void shouldCostNextToNothingOnAnIdleTunnel() {
    pass(3_600, _ -> true);

    // 108 bytes, as many in answer and in that of the other tunnel, beside the 240 of IKE, every
    // half minute, where that is AES-CBC and SHA-384.
    assertThat(sent).hasSizeBetween(12, 17);
    assertThat(probes.view(IN0).answers()).isTrue();
    assertThat(sent.size() * 3 * 108 / 3_600.0 + 240 / 30.0).isLessThan(10);
  }

  /** It may be needed as soon as the tunnel carries flows. */
  @Test
  void shouldKnowSoonWhetherTheTargetAnswers() {
    long from = now;
    while (!probes.inside(IN0).answers()) {
      if (now - probes.nextLook(now) >= 0) {
        for (ProbeSet.Probe probe : probes.look(now, this::see)) {
          probes.answered(IN0, probe.number(), now + 20 * Timing.MILLISECOND);
        }
      }
      now += 10 * Timing.MILLISECOND;
    }
    assertThat(now - from).isLessThan(SECOND);
  }

  /** As of a box that has just begun: patience goes by what it is capable of. */
  @Test
  void shouldNotTakeTheFirstAnswersForThePaceOfTheTarget() {
    busy = true;
    for (long millis : new long[] {180, 190, 150, 2}) {
      for (ProbeSet.Probe probe : probes.look(now, this::see)) {
        probes.answered(IN0, probe.number(), now + millis * Timing.MILLISECOND);
      }
      now += 10 * SECOND;
    }

    assertThat(probes.inside(IN0).answers()).isTrue();
    assertThat(probes.inside(IN0).quickest()).isEqualTo(2 * Timing.MILLISECOND);
  }

  /** What was missed while the tunnel was away is not the target's fault. */
  @Test
  void shouldLearnAnewWhenTheTunnelIsBack() {
    busy = true;
    pass(60, _ -> true);
    pass(60, _ -> false);
    assertThat(probes.inside(IN0).answers()).isFalse();
    long before = probes.view(IN0).sent();
    probes.relearn(IN0);
    pass(4, _ -> true);

    assertThat(probes.inside(IN0).answers()).isTrue();
    assertThat(probes.view(IN0).loss()).isZero();
    assertThat(probes.view(IN0).sent()).isEqualTo(before + 3);
    assertThat(probes.view(IN0).answers()).isTrue();
  }

  @Test
  void shouldAskATargetThatDoesNotAnswerButSeldom() {
    busy = true;
    pass(3_600, _ -> false);

    assertThat(probes.view(IN0).answers()).isFalse();
    assertThat(sent.size()).isLessThan(12);
  }

  @Test
  void shouldNoticeThatATargetBeginsToAnswer() {
    busy = true;
    pass(3_600, _ -> false);
    pass(1_200, _ -> true);

    assertThat(probes.view(IN0).answers()).isTrue();
  }

  @Test
  void shouldGiveUpATargetThatStoppedAnsweringAndNotOneThatLimitsItsRate() {
    busy = true;
    pass(100, _ -> true);
    assertThat(probes.view(IN0).missed()).isZero();
    pass(60, second -> second % 30 < 15);
    assertThat(probes.view(IN0).answers()).isTrue();
    pass(200, _ -> false);
    assertThat(probes.view(IN0).missed()).isGreaterThanOrEqualTo(10);

    assertThat(probes.view(IN0).answers()).isFalse();
  }

  @Test
  void shouldHeedNoAnswerButTheOneItWaitsFor() {
    busy = true;
    for (ProbeSet.Probe probe : probes.look(now, this::see)) {
      probes.answered(IN0, probe.number() + 1, now);
      probes.answered("hub/other", probe.number(), now);
      probes.answered(IN0, probe.number(), now + SECOND);
      probes.answered(IN0, probe.number(), now + 2 * SECOND);
    }

    assertThat(probes.view(IN0).answered()).isEqualTo(1);
    assertThat(probes.view(IN0).latencyNanos()).isEqualTo(SECOND);
    assertThat(probes.view("hub/other")).isNull();
  }

  @Test
  void shouldSendOutOfTurnAndHearAnyAnswer() {
    busy = true;
    pass(40, _ -> true);
    assertThat(probes.inside(IN0))
        .isEqualTo(
            new Sighting.Inside(true, probes.inside(IN0).heardAt(), 20 * Timing.MILLISECOND));
    int first = probes.hurry(now, IN0).orElseThrow().number();
    now += SECOND / 2;
    assertThat(probes.hurry(now, IN0).orElseThrow().number()).isEqualTo(first + 1);
    probes.answered(IN0, first, now + 1);

    assertThat(probes.inside(IN0).heardAt()).isEqualTo(now + 1);
    assertThat(probes.view(IN0).loss()).isZero();
    assertThat(probes.hurry(now, "hub/other")).isEmpty();
  }

  @Test
  void shouldNotCountOnATargetThatLeavesProbesWithoutAnswer() {
    busy = true;
    pass(200, second -> second < 60 || second % 3 != 0);

    assertThat(probes.view(IN0).answers()).isTrue();
    assertThat(probes.inside(IN0).answers()).isFalse();
  }
}
