package dev.twinspan.agent.tunnel;

import static dev.twinspan.agent.tunnel.Rig.IN0;
import static dev.twinspan.agent.tunnel.Rig.IN1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ESP is blackholed and IKE is not, or it only looks so. */
class EspBlackholeTest {
  @Test
  void shouldFindThatEspAloneIsBlackholed() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.way(IN0).espOut = false;
    rig.way(IN0).espIn = false;

    assertThat(rig.until(IN0, TunnelPhase.LOST, 2_000)).isLessThanOrEqualTo(1_000);
    assertThat(rig.set.view(IN0).reason().code()).isEqualTo("esp-blackhole");
    // IKE's answers do not bring it back, ESP does.
    rig.pass(20_000);
    assertThat(rig.set.view(IN0).phase()).isEqualTo(TunnelPhase.LOST);
    rig.way(IN0).revives();
    rig.way(IN1).answersElsewhere = true;
    assertThat(rig.until(IN0, TunnelPhase.UP, 10_000)).isBetween(4_000L, 7_000L);
  }

  /** A busy machine, or a long way, hands packets over in bursts: most looks see none. */
  @Test
  void shouldFindThatEspAloneIsBlackholedThoughPacketsCameInBursts() {
    Rig rig = Rig.pair().talking(70);
    rig.pass(1_000);
    rig.way(IN0).espOut = false;
    rig.way(IN0).espIn = false;

    assertThat(rig.until(IN0, TunnelPhase.LOST, 2_000)).isLessThanOrEqualTo(1_000);
    assertThat(rig.set.view(IN0).reason().code()).isEqualTo("esp-blackhole");
  }

  @Test
  void shouldNotTakeAWayBackThatMovedForABlackhole() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.way(IN0).answersElsewhere = true;
    rig.pass(30_000);

    assertThat(rig.phases(IN0)).containsExactly(TunnelPhase.UP);
  }

  @Test
  void shouldNotTakeAnApplicationThatFellSilentForABlackhole() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.ways.values().forEach(way -> way.answered = false);
    rig.pass(30_000);

    assertThat(rig.phases(IN0)).containsExactly(TunnelPhase.UP);
    assertThat(rig.phases(IN1)).containsExactly(TunnelPhase.UP);
  }

  @Test
  void shouldUseATunnelWithBlackholedEspWhenItIsTheLast() {
    Rig rig = Rig.pair().talking(5);
    rig.pass(10_000);
    rig.way(IN0).espOut = false;
    rig.way(IN0).espIn = false;
    rig.until(IN0, TunnelPhase.LOST, 2_000);
    assertThat(rig.set.usable("hub")).containsExactly(IN1);

    rig.way(IN1).keyed = false;
    rig.until(IN1, TunnelPhase.DOWN, 300);
    rig.pass(110);
    assertThat(rig.set.usable("hub")).containsExactly(IN0);
    assertThat(rig.set.view(IN0).phase()).isEqualTo(TunnelPhase.LOST);
    assertThat(rig.set.view(IN0).reason().code()).isEqualTo("last-resort");
    // Somebody else who takes over is better than a tunnel that is doubtful.
    rig.set.elsewhere(true);
    rig.pass(110);
    assertThat(rig.set.usable("hub")).isEmpty();
    assertThat(rig.set.view(IN0).reason().code()).isEqualTo("relieved");
    rig.set.elsewhere(false);
    rig.pass(110);
    assertThat(rig.set.usable("hub")).containsExactly(IN0);

    rig.way(IN1).keyed = true;
    rig.until(IN1, TunnelPhase.UP, 300);
    assertThat(rig.set.usable("hub")).containsExactly(IN1);
    rig.pass(110);
    assertThat(rig.set.view(IN0).reason().code()).isEqualTo("relieved");

    rig.way(IN1).keyed = false;
    rig.until(IN1, TunnelPhase.DOWN, 300);
    rig.way(IN0).revives();
    rig.until(IN0, TunnelPhase.UP, 300);
    assertThat(rig.set.usable("hub")).containsExactly(IN0);
  }

  @ParameterizedTest
  @ValueSource(longs = {2, 30, 80, 150})
  void shouldNotTakeAReturningTunnelForBlackholed(long roundTripMillis) {
    Rig rig = Rig.pair().talking(5);
    rig.ways.values().forEach(way -> way.roundTripMillis = roundTripMillis);
    rig.pass(10_000);
    rig.way(IN0).dies();
    rig.until(IN0, TunnelPhase.LOST, 3_000);
    rig.pass(3_000);
    rig.way(IN0).revives();
    rig.until(IN0, TunnelPhase.UP, 10_000);
    int before = rig.actions.size();
    rig.pass(10_000);

    assertThat(rig.actions.subList(before, rig.actions.size()))
        .noneMatch(TunnelAction.Transition.class::isInstance);
  }

  /** in1 came back and waits out its hold-down, so nobody but in0 is heard. */
  private static Rig alone(boolean probed) {
    Rig rig = Rig.pair().talking(5);
    rig.ways.values().forEach(way -> way.probed = probed);
    rig.pass(5_000);
    rig.way(IN1).dies();
    rig.until(IN1, TunnelPhase.LOST, 2_000);
    rig.pass(5_000);
    rig.way(IN1).revives();
    rig.until(IN1, TunnelPhase.HELD, 2_000);
    rig.pass(1_000);
    assertThat(rig.set.usable("hub")).containsExactly(IN0);
    return rig;
  }

  @Test
  void shouldFindByProbesThatTheOnlyOneThatCarriesIsBlackholed() {
    Rig rig = alone(true);
    rig.way(IN0).espOut = false;
    rig.way(IN0).espIn = false;

    assertThat(rig.until(IN0, TunnelPhase.LOST, 4_000)).isLessThanOrEqualTo(2_500);
    assertThat(rig.set.view(IN0).reason().code()).isEqualTo("esp-blackhole");
    assertThat(rig.set.view(IN0).reason().sentence()).contains("probes inside the tunnel");
    assertThat(rig.set.usable("hub")).containsExactly(IN1);
  }

  @Test
  void shouldSeeByProbesThatItWasTheApplication() {
    Rig rig = alone(true);
    rig.way(IN0).answered = false;
    int before = rig.way(IN0).probes();
    rig.pass(3_900);

    assertThat(rig.phases(IN0)).containsExactly(TunnelPhase.UP);
    // One of the trial, and those between inquiries.
    assertThat(rig.way(IN0).probes() - before).as("probes sent").isBetween(1, 9);
  }

  /** It may ignore ICMP, or limit its rate, by which it is not to be suspected. */
  @Test
  void shouldNotSuspectWhoAnswersNoProbes() {
    Rig rig = alone(false);
    rig.way(IN0).answered = false;
    rig.pass(3_900);

    assertThat(rig.phases(IN0)).containsExactly(TunnelPhase.UP);
    assertThat(rig.way(IN0).probes()).isZero();
  }
}
