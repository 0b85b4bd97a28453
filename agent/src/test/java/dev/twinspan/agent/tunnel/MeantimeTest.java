package dev.twinspan.agent.tunnel;

import static dev.twinspan.agent.tunnel.Rig.IN0;
import static dev.twinspan.agent.tunnel.Rig.IN1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Traffic of one direction alone: the gateway answers by tunnels of another box. */
class MeantimeTest {
  private static Rig oneWay(boolean probed, long roundTripMillis) {
    Rig rig = Rig.pair().talking(10);
    rig.ways
        .values()
        .forEach(
            way -> {
              way.answered = false;
              way.probed = probed;
              way.roundTripMillis = roundTripMillis;
            });
    rig.pass(10_000);
    return rig;
  }

  /** Bar of dual redundancy, whenever between two inquiries the instance dies. */
  @ParameterizedTest
  @ValueSource(longs = {2, 10, 20, 40})
  void shouldMoveFlowsOfATunnelThatIsNeverHeardWithinASecond(long roundTripMillis) {
    long slowest = 0;
    for (long phase = 0; phase < 1_200; phase += 40) {
      Rig rig = oneWay(true, roundTripMillis);
      rig.pass(phase);
      rig.way(IN0).dies();
      slowest = Math.max(slowest, rig.until(IN0, TunnelPhase.LOST, 3_000));
      assertThat(rig.phases(IN1)).containsExactly(TunnelPhase.UP);
    }
    assertThat(slowest).isBetween(300L, 900L);
  }

  /** Without anything that answers inside, only the inquiries tell. */
  @Test
  void shouldStillFindItWithoutATarget() {
    Rig rig = oneWay(false, 2);
    rig.way(IN0).dies();

    assertThat(rig.until(IN0, TunnelPhase.LOST, 3_000)).isLessThanOrEqualTo(1_500);
    assertThat(rig.way(IN0).probes()).isZero();
  }

  @Test
  void shouldCostTwoProbesASecondAndNoInquiryMore() {
    Rig rig = oneWay(true, 2);
    int asked = rig.way(IN0).asked();
    int probes = rig.way(IN0).probes();
    rig.pass(60_000);

    assertThat(rig.way(IN0).asked() - asked).isBetween(52, 55);
    assertThat(rig.way(IN0).probes() - probes).isBetween(100, 120);
    assertThat(rig.phases(IN0)).containsExactly(TunnelPhase.UP);
  }

  /** Bar of the costs, where the target ceases to answer and nothing else is wrong. */
  @ParameterizedTest
  @ValueSource(longs = {2, 10, 50, 100, 400, 1_500})
  void shouldNotSuspectAPeerBehindWhichNothingAnswersAnyMore(long everyMillis) {
    Rig rig = oneWay(true, 2).talking(everyMillis);
    rig.way(IN0).probesAnswered = false;
    int asked = rig.way(IN0).asked();
    rig.pass(120_000);

    assertThat(rig.way(IN0).asked() - asked).isLessThanOrEqualTo(120);
    assertThat(rig.phases(IN0)).containsExactly(TunnelPhase.UP);
    assertThat(rig.phases(IN1)).containsExactly(TunnelPhase.UP);
  }

  /** Nor one that answers one ping a second. */
  @Test
  void shouldNotSuspectAPeerThatLimitsTheRateOfItsAnswers() {
    Rig rig = oneWay(true, 2);
    int asked = rig.way(IN0).asked();
    for (int second = 0; second < 120; second++) {
      rig.way(IN0).probesAnswered = true;
      rig.pass(400);
      rig.way(IN0).probesAnswered = false;
      rig.pass(600);
    }

    assertThat(rig.way(IN0).asked() - asked).isLessThanOrEqualTo(120);
    assertThat(rig.phases(IN0)).containsExactly(TunnelPhase.UP);
  }

  /** Then nobody could take over. */
  @Test
  void shouldNotProbeTheOnlyTunnel() {
    Rig rig = new Rig(IN0).talking(10);
    rig.way(IN0).answered = false;
    rig.way(IN0).probed = true;
    rig.pass(30_000);

    assertThat(rig.way(IN0).probes()).isZero();
  }

  /** A far peer's answers are waited for longer, and it is asked no more often than others. */
  @ParameterizedTest
  @ValueSource(longs = {100, 150, 220})
  void shouldWaitForWhatIsFar(long roundTripMillis) {
    Rig rig = oneWay(true, roundTripMillis);
    int asked = rig.way(IN0).asked();
    int probes = rig.way(IN0).probes();
    rig.pass(60_000);

    assertThat(rig.way(IN0).asked() - asked).isLessThanOrEqualTo(55);
    assertThat(rig.way(IN0).probes() - probes).isGreaterThan(50);
    assertThat(rig.phases(IN0)).containsExactly(TunnelPhase.UP);
  }

  /** And so it is with too far a target, whose answer would come with that of the inquiry. */
  @Test
  void shouldNotProbeWhatIsTooFar() {
    Rig rig = oneWay(true, 300);
    rig.pass(30_000);

    assertThat(rig.way(IN0).probes()).isZero();
  }
}
