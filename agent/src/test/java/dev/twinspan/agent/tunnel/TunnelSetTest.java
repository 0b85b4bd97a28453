package dev.twinspan.agent.tunnel;

import static dev.twinspan.agent.tunnel.Rig.IN0;
import static dev.twinspan.agent.tunnel.Rig.IN1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TunnelSetTest {
  @Test
  void shouldCarryFlowsAsSoonAsThereAreSas() {
    Rig rig = Rig.pair();
    rig.way(IN1).keyed = false;
    rig.pass(300);

    assertThat(rig.set.usable("hub")).containsExactly(IN0);
    assertThat(rig.set.view(IN1).phase()).isEqualTo(TunnelPhase.DOWN);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 5, 10})
  void shouldMoveFlowsWithinThreeTenthsOfASecondWhenAnInstanceDies(long everyMillis) {
    Rig rig = Rig.pair().talking(everyMillis);
    rig.pass(5_000);
    rig.way(IN0).dies();

    assertThat(rig.until(IN0, TunnelPhase.LOST, 1_000)).isLessThanOrEqualTo(250);
    assertThat(rig.set.usable("hub")).containsExactly(IN1);
    assertThat(rig.phases(IN1)).containsExactly(TunnelPhase.UP);
  }

  @Test
  void shouldWaitLongerForAPeerThatIsFarAway() {
    Rig rig = Rig.pair().talking(5);
    rig.ways.values().forEach(way -> way.roundTripMillis = 150);
    rig.pass(10_000);
    assertThat(rig.phases(IN0)).containsExactly(TunnelPhase.UP);
    rig.way(IN0).dies();

    assertThat(rig.until(IN0, TunnelPhase.LOST, 2_000)).isBetween(300L, 1_300L);
  }

  @Test
  void shouldAskAtMostOnceASecondAboutTrafficOfOneDirectionAndNeverMoveIt() {
    Rig rig = Rig.pair().talking(5);
    rig.way(IN0).answered = false;
    rig.pass(60_000);

    assertThat(rig.way(IN0).asked()).isBetween(50, 61);
    assertThat(rig.phases(IN0)).containsExactly(TunnelPhase.UP);
  }

  @Test
  void shouldNoticeThatTheFarEndOfOneWayTrafficDied() {
    Rig rig = Rig.pair().talking(5);
    rig.way(IN0).answered = false;
    rig.pass(10_300);
    rig.way(IN0).dies();

    assertThat(rig.until(IN0, TunnelPhase.LOST, 3_000)).isLessThanOrEqualTo(1_500);
  }

  /** The site's other box forwards for this one. */
  @Test
  void shouldGiveUpALoneTunnelAtOnceWhenSomebodyElseTakesOver() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.way(IN1).dies();
    assertThat(rig.until(IN1, TunnelPhase.LOST, 3_000)).isLessThanOrEqualTo(500);
    rig.set.elsewhere(true);
    rig.way(IN0).dies();

    assertThat(rig.until(IN0, TunnelPhase.LOST, 3_000)).isLessThanOrEqualTo(500);
  }

  @Test
  void shouldAskSeldomOfAnIdleTunnel() {
    Rig rig = Rig.pair();
    rig.pass(600_000);

    // 180 bytes each with the answer: 6 bytes a second, and four to begin with.
    assertThat(rig.way(IN0).asked()).isBetween(18, 24);
  }

  @Test
  void shouldFindADeadPeerOnAnIdleTunnelWithinTheStandardDpdTime() {
    Rig rig = Rig.pair();
    rig.pass(60_100);
    rig.way(IN0).dies();

    assertThat(rig.until(IN0, TunnelPhase.LOST, 45_000)).isLessThanOrEqualTo(32_000);
    assertThat(rig.phases(IN1)).containsExactly(TunnelPhase.UP);
  }

  /** Bar of the costs: one exchange a second at most, whatever the pace, and never a move. */
  @ParameterizedTest
  @ValueSource(longs = {2, 5, 20, 50, 100, 250, 700, 1_500, 5_000})
  void shouldAskAtMostOnceASecondOfATunnelWithOneWayTraffic(long everyMillis) {
    Rig rig = Rig.pair().talking(everyMillis);
    rig.ways.values().forEach(way -> way.answered = false);
    rig.pass(120_000);

    assertThat(rig.way(IN0).asked()).isBetween(1, 121);
    assertThat(rig.phases(IN0)).containsExactly(TunnelPhase.UP);
    assertThat(rig.phases(IN1)).containsExactly(TunnelPhase.UP);
  }

  @Test
  void shouldFindADeadPeerSoonAfterTheFirstPacketOnAnIdleTunnel() {
    Rig rig = Rig.pair();
    rig.pass(60_000);
    rig.way(IN0).dies();
    rig.pass(5_000);
    rig.way(IN0).everyMillis = 50;

    assertThat(rig.until(IN0, TunnelPhase.LOST, 3_000)).isLessThanOrEqualTo(2_000);
  }

  @Test
  void shouldFindThatWhatIsSentIsLostThoughAnswersToOthersComeIn() {
    Rig rig = Rig.pair().talking(5);
    rig.way(IN1).answersElsewhere = true; // so in0 hears what in1 sent
    rig.pass(10_000);
    rig.way(IN0).espOut = false;
    rig.way(IN0).ike = false;

    assertThat(rig.until(IN0, TunnelPhase.LOST, 2_000)).isLessThanOrEqualTo(1_000);
  }

  @Test
  void shouldNotBlameThePeerForItsOwnStandstill() {
    Rig rig = Rig.pair().talking(5);
    for (int i = 0; i < 50; i++) {
      rig.pass(997);
      rig.stall(700);
    }

    assertThat(rig.phases(IN0)).containsExactly(TunnelPhase.UP);
    assertThat(rig.phases(IN1)).containsExactly(TunnelPhase.UP);
  }

  @Test
  void shouldMoveNothingWhileNoTunnelIsBetter() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.ways.values().forEach(Rig.Way::dies);
    rig.pass(1_000);
    rig.ways.values().forEach(Rig.Way::revives);
    rig.pass(1_000);

    assertThat(rig.set.usable("hub")).containsExactly(IN0, IN1);
    assertThat(rig.phases(IN0)).doesNotContain(TunnelPhase.LOST);
  }

  /** What makes answers late on one tunnel must not keep the other's flows in a hole. */
  @ParameterizedTest
  @ValueSource(longs = {0, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500, 550})
  void shouldPreferASuspectThatIsHeardToOneThatIsSilent(long phase) {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000 + phase);
    rig.way(IN0).dies();
    rig.way(IN1).ike = false;

    assertThat(rig.until(IN0, TunnelPhase.LOST, 3_000)).isLessThanOrEqualTo(300);
    assertThat(rig.set.usable("hub")).containsExactly(IN1);
  }

  @Test
  void shouldMoveFlowsAtOnceToATunnelThatWaitsOutItsHoldDown() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.way(IN0).dies();
    rig.until(IN0, TunnelPhase.LOST, 1_000);
    rig.way(IN0).revives();
    rig.until(IN0, TunnelPhase.HELD, 1_000);
    rig.pass(1_500);
    rig.way(IN1).dies();

    assertThat(rig.until(IN1, TunnelPhase.LOST, 3_000)).isLessThanOrEqualTo(300);
    assertThat(rig.set.usable("hub")).containsExactly(IN0);
  }

  @Test
  void shouldMoveAFlowAtMostThreeTimesWhileAnInstanceFlaps() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    int moves = 0;
    boolean there = true;
    for (int i = 0; i < 24; i++) {
      if (i % 2 == 0) {
        rig.way(IN0).dies();
      } else {
        rig.way(IN0).revives();
      }
      for (int ms = 0; ms < 5_000; ms++) {
        rig.pass(1);
        boolean now = rig.set.usable("hub").contains(IN0);
        moves += now != there ? 1 : 0;
        there = now;
      }
    }
    assertThat(moves).isBetween(1, 3);
  }

  @Test
  void shouldGiveFlowsBackAfterAHoldDownThatGrows() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    long[] waits = new long[3];
    for (int i = 0; i < 3; i++) {
      rig.way(IN0).dies();
      rig.until(IN0, TunnelPhase.LOST, 2_000);
      rig.pass(3_000);
      rig.way(IN0).revives();
      waits[i] = rig.until(IN0, TunnelPhase.UP, 400_000);
    }
    assertThat(waits[0]).isBetween(5_000L, 6_000L);
    assertThat(waits[1]).isBetween(60_000L, 61_000L);
    assertThat(waits[2]).isBetween(300_000L, 301_000L);
  }

  /** The peer was late and not away: its flows left it, and that is all it costs. */
  @Test
  void shouldNotCountAFalseAlarmAsALoss() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    long[] waits = new long[3];
    for (int i = 0; i < 3; i++) {
      rig.way(IN0).dies();
      rig.until(IN0, TunnelPhase.LOST, 2_000);
      rig.way(IN0).revives();
      waits[i] = rig.until(IN0, TunnelPhase.UP, 400_000);
      rig.pass(60_000);
    }
    assertThat(waits[0]).isBetween(5_000L, 6_000L);
    assertThat(waits[1]).isBetween(10_000L, 11_000L);
    assertThat(waits[2]).isBetween(20_000L, 21_000L);
    assertThat(reasons(rig, IN0)).contains("hold-down").doesNotContain("esp-blackhole");

    // A true loss is the first, all the same.
    rig.way(IN0).dies();
    rig.until(IN0, TunnelPhase.LOST, 2_000);
    rig.pass(3_000);
    rig.way(IN0).revives();
    assertThat(rig.until(IN0, TunnelPhase.UP, 400_000)).isBetween(5_000L, 6_000L);
  }

  /** Short breaks, one after the other, may not send flows to and fro for as long as they last. */
  @Test
  void shouldMoveAFlowLessAndLessWhileFalseAlarmsGoOn() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    int losses = 0;
    for (int i = 0; i < 120; i++) {
      rig.way(IN0).dies();
      rig.pass(400);
      rig.way(IN0).revives();
      rig.pass(4_600);
    }
    for (TunnelPhase phase : rig.phases(IN0)) {
      losses += phase == TunnelPhase.LOST ? 1 : 0;
    }
    assertThat(losses).isBetween(1, 14);
  }

  @Test
  void shouldCountWhatIsLostWhileItIsHeldForAFalseAlarm() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.way(IN0).dies();
    rig.until(IN0, TunnelPhase.LOST, 2_000);
    rig.way(IN0).revives();
    rig.until(IN0, TunnelPhase.HELD, 1_000);
    rig.way(IN0).dies();
    rig.pass(5_000);
    assertThat(rig.set.view(IN0).phase()).isEqualTo(TunnelPhase.LOST);
    rig.way(IN0).revives();

    assertThat(rig.until(IN0, TunnelPhase.UP, 10_000)).isBetween(5_000L, 6_000L);
  }

  /** As of a box or a peer that has just begun, on a tunnel that is idle from then on. */
  @Test
  void shouldNotTakeOneSlowAnswerForThePaceOfThePeer() {
    Rig rig = Rig.pair();
    rig.ways.values().forEach(way -> way.roundTripMillis = 700);
    rig.pass(1_000);
    rig.ways.values().forEach(way -> way.roundTripMillis = 2);
    rig.pass(10_000);
    rig.way(IN0).dies();
    rig.talking(5);

    assertThat(rig.until(IN0, TunnelPhase.LOST, 5_000)).isLessThanOrEqualTo(500);
  }

  @Test
  void shouldBeLookedAtOnceASecondWhileNothingPasses() {
    Rig rig = Rig.pair();
    rig.pass(10_000);
    int before = rig.looks();
    rig.pass(10_000);
    assertThat(rig.looks() - before).isBetween(10, 20);

    rig.way(IN0).dies();
    rig.talking(5);
    assertThat(rig.until(IN0, TunnelPhase.LOST, 5_000)).isLessThanOrEqualTo(400);
  }

  /** Two seconds after the first SA, and idle: the first answers came from a peer still cold. */
  @Test
  void shouldKnowThePaceOfThePeerOfAYoungTunnel() {
    Rig rig = Rig.pair();
    rig.ways.values().forEach(way -> way.roundTripMillis = 250);
    rig.pass(400);
    rig.ways.values().forEach(way -> way.roundTripMillis = 5);
    rig.pass(1_600);
    rig.way(IN0).dies();
    rig.talking(10);

    assertThat(rig.until(IN0, TunnelPhase.LOST, 5_000)).isLessThanOrEqualTo(450);
    assertThat(rig.phases(IN1)).containsExactly(TunnelPhase.UP);
  }

  @Test
  void shouldNotHoldDownTheOnlyTunnel() {
    Rig rig = new Rig(IN0).talking(5);
    rig.pass(10_000);
    rig.way(IN0).dies();
    assertThat(rig.until(IN0, TunnelPhase.LOST, 5_000)).isGreaterThan(1_500);
    rig.way(IN0).revives();
    rig.until(IN0, TunnelPhase.UP, 1_000);

    // And it is watched as closely as before, not each second.
    rig.pass(1_000);
    rig.way(IN0).dies();
    assertThat(rig.until(IN0, TunnelPhase.SUSPECT, 1_000)).isLessThanOrEqualTo(250);
  }

  @Test
  void shouldBePatientWithAHeldTunnelThatCarriesAlone() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.way(IN0).dies();
    rig.until(IN0, TunnelPhase.LOST, 1_000);
    rig.way(IN0).revives();
    rig.until(IN0, TunnelPhase.HELD, 1_000);
    rig.way(IN1).keyed = false;
    rig.pass(300);
    for (int i = 0; i < 5; i++) {
      rig.way(IN0).dies();
      rig.pass(1_000);
      assertThat(rig.set.usable("hub")).containsExactly(IN0);
      rig.way(IN0).revives();
      rig.pass(500);
      assertThat(rig.set.usable("hub")).containsExactly(IN0);
    }
  }

  @Test
  void shouldMeasureItsFailover() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    long died = rig.now();
    rig.way(IN0).dies();
    rig.pass(1_000);

    List<Failover> measured =
        rig.actions.stream()
            .filter(TunnelAction.FailedOver.class::isInstance)
            .map(action -> ((TunnelAction.FailedOver) action).failover())
            .toList();
    assertThat(measured).hasSize(1);
    Failover failover = measured.getFirst();
    assertThat(failover.atMost()).isFalse();
    assertThat(failover.lastGood()).isBetween(died - 10 * Timing.MILLISECOND, died);
    assertThat(failover.firstBad()).isBetween(failover.lastGood(), died + 30 * Timing.MILLISECOND);
    assertThat(failover.outageNanos()).isBetween(0L, 250 * Timing.MILLISECOND);
    assertThat(failover.confirmedAt()).isGreaterThan(failover.movedAt());
  }

  /** Of flows that nothing answers it is only known when the peer last gave a sign of life. */
  @Test
  void shouldTellTheOutageOfOneWayFlowsAsABound() {
    Rig rig = Rig.pair().talking(5);
    rig.ways.values().forEach(way -> way.answered = false);
    rig.pass(10_300);
    long died = rig.now();
    rig.way(IN0).dies();
    rig.pass(6_000);

    Failover failover =
        rig.actions.stream()
            .filter(TunnelAction.FailedOver.class::isInstance)
            .map(action -> ((TunnelAction.FailedOver) action).failover())
            .findFirst()
            .orElseThrow();
    assertThat(failover.atMost()).isTrue();
    assertThat(failover.firstBad()).isLessThanOrEqualTo(died);
    assertThat(failover.outageNanos()).isGreaterThanOrEqualTo(failover.movedAt() - died);
  }

  @Test
  void shouldDrainAndBringBack() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.perform(rig.set.drain(rig.now(), IN0, false));
    assertThat(rig.set.usable("hub")).containsExactly(IN1);
    assertThat(rig.until(IN0, TunnelPhase.DRAINED, 2_000)).isBetween(490L, 700L);
    assertThat(rig.actions).contains(new TunnelAction.Close(IN0));
    rig.way(IN0).keyed = false;
    rig.pass(5_000);
    rig.perform(rig.set.undrain(rig.now(), IN0));
    assertThat(rig.actions).contains(new TunnelAction.Open(IN0));
    rig.way(IN0).keyed = true;

    // What was planned is no reason to hold anything down.
    assertThat(rig.until(IN0, TunnelPhase.UP, 1_000)).isLessThanOrEqualTo(250);
  }

  /** Withdraw; wait until nothing comes in either; Cease; wait until it is heard; DELETE. */
  @Test
  void shouldLetThePeerSendElsewhereBeforeItClosesAndSayGoodbye() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.actions.clear();
    rig.perform(rig.set.drain(rig.now(), IN0, true));
    assertThat(rig.actions).contains(new TunnelAction.Withdraw(IN0));
    assertThat(rig.set.usable("hub")).containsExactly(IN1);
    // The peer takes two seconds to send elsewhere.
    for (int i = 0; i < 200; i++) {
      rig.hears(IN0);
      rig.pass(10);
    }
    assertThat(rig.actions).doesNotContain(new TunnelAction.Farewell(IN0));
    rig.pass(700);
    assertThat(rig.actions)
        .contains(new TunnelAction.Farewell(IN0))
        .doesNotContain(new TunnelAction.Close(IN0));
    assertThat(rig.set.view(IN0).phase()).isEqualTo(TunnelPhase.DRAINING);
    rig.hears(IN0);
    assertThat(rig.until(IN0, TunnelPhase.DRAINED, 1_000)).isLessThan(500);
    assertThat(rig.actions).contains(new TunnelAction.Close(IN0));
  }

  @Test
  void shouldNotWaitForeverForAPeerThatSendsOn() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.perform(rig.set.drain(rig.now(), IN0, true));
    for (int i = 0; i < 1_200; i++) {
      rig.hears(IN0);
      rig.pass(10);
    }
    assertThat(rig.set.view(IN0).phase()).isEqualTo(TunnelPhase.DRAINED);
  }

  @Test
  void shouldLeaveATunnelThatWasAnnouncedToGo() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.perform(rig.set.leaving(rig.now(), IN0, "the BGP peer sent Cease"));
    assertThat(rig.set.usable("hub")).containsExactly(IN1);
    rig.pass(1_000);
    rig.perform(rig.set.stays(rig.now(), IN0, "the BGP session is up again"));

    assertThat(rig.set.usable("hub")).containsExactly(IN0, IN1);
  }

  @Test
  void shouldUseWhatLeavesWhenNothingElseIsThere() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.perform(rig.set.leaving(rig.now(), IN0, "the BGP peer sent Cease"));
    rig.way(IN1).keyed = false;
    rig.pass(300);

    assertThat(rig.set.usable("hub")).containsExactly(IN0);
  }

  @Test
  void shouldKeepNewFlowsFromATunnelThatLosesPackets() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.way(IN0).losesOneIn = 20;
    rig.pass(5_000);

    assertThat(rig.set.isShunned(IN0)).isTrue();
    assertThat(rig.set.isShunned(IN1)).isFalse();
    assertThat(rig.set.quality(IN0).loss()).isBetween(0.04, 0.06);
    assertThat(rig.set.usable("hub")).containsExactly(IN0, IN1);
    assertThat(reasons(rig, IN0)).containsExactly("keyed", "lossy");

    rig.way(IN0).losesOneIn = 0;
    rig.pass(30_000);
    assertThat(rig.set.isShunned(IN0)).isFalse();
    assertThat(reasons(rig, IN0)).containsExactly("keyed", "lossy", "loss-over");
  }

  @Test
  void shouldShunNobodyForALossThatAllShare() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.ways.values().forEach(way -> way.losesOneIn = 20);
    rig.pass(60_000);

    assertThat(rig.set.isShunned(IN0)).isFalse();
    assertThat(rig.set.isShunned(IN1)).isFalse();
  }

  /** A short outage is no brownout. */
  @Test
  void shouldShunNobodyForABurst() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.way(IN0).losesOneIn = 1;
    rig.pass(100);
    rig.way(IN0).losesOneIn = 0;
    rig.pass(20_000);

    assertThat(reasons(rig, IN0)).containsExactly("keyed");
  }

  @Test
  void shouldTryALossyTunnelAgainWhenNothingComesToJudgeItBy() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.way(IN0).losesOneIn = 20;
    rig.pass(6_000);
    rig.way(IN0).everyMillis = 0;
    rig.pass(50_000);
    assertThat(rig.set.isShunned(IN0)).isTrue();
    rig.pass(20_000);

    assertThat(rig.set.isShunned(IN0)).isFalse();
  }

  private static List<String> reasons(Rig rig, String tunnel) {
    return rig.actions.stream()
        .filter(a -> a instanceof TunnelAction.Transition && a.tunnel().equals(tunnel))
        .map(a -> ((TunnelAction.Transition) a).reason().code())
        .toList();
  }
}
