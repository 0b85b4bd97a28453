package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.sim.Invariants;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.SimNode;
import dev.twinspan.ffi.crypto.EspTransform;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys are replaced under traffic, and nothing is lost. */
class IkeRekeyTest {
  private final TwoEngines two = new TwoEngines();

  private void traffic() {
    two.world.every(Duration.ofMillis(3), two.left::sendEsp);
    two.world.every(Duration.ofMillis(3), two.right::sendEsp);
  }

  private void assertNothingLost() {
    two.world.run(Duration.ofSeconds(15));
    Invariants.settled(two.world);
    assertThat(two.left.espUnknown() + two.right.espUnknown()).as("packets lost").isZero();
    assertThat(two.left.espReceived()).isGreaterThan(1_000);
    assertThat(two.left.installed()).hasSize(1);
    assertThat(two.right.installed()).hasSize(1);
    assertThat(two.leftView().ikeSas()).isEqualTo(1);
    assertThat(two.rightView().ikeSas()).isEqualTo(1);
  }

  // --- one side ---------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({"left, false", "left, true", "right, false", "right, true"})
  void shouldReplaceAnSaWithoutLosingAPacket(String who, boolean ikeSa) {
    two.up();
    IkeView before = two.leftView();
    traffic();
    two.world.run(TwoEngines.SECOND);
    if (who.equals("left")) {
      two.left.rekey("right", ikeSa);
    } else {
      two.right.rekey("left", ikeSa);
    }
    assertNothingLost();

    IkeView after = two.leftView();
    assertThat(after.rekeys()).isEqualTo(1);
    assertThat(two.rightView().rekeys()).isEqualTo(1);
    if (ikeSa) {
      assertThat(after.initiatorSpi()).isNotEqualTo(before.initiatorSpi());
      assertThat(after.children().getFirst().inboundSpi())
          .isEqualTo(before.children().getFirst().inboundSpi());
      assertThat(after.initiator()).isEqualTo(who.equals("left"));
    } else {
      assertThat(after.initiatorSpi()).isEqualTo(before.initiatorSpi());
      assertThat(after.children().getFirst().inboundSpi())
          .isNotEqualTo(before.children().getFirst().inboundSpi());
    }
    assertThat(TwoEngines.codes(two.left)).contains("rekeyed");
  }

  @Test
  void shouldMakeBeforeBreak() {
    two.up();
    int old = two.left.outbound("right");
    two.left.rekey("right", false);
    two.world.run(Duration.ofMillis(15));

    assertThat(two.left.installed()).as("both receive").hasSize(2).containsKey(old);
    assertThat(two.left.outbound("right")).as("sends on the new one").isNotEqualTo(old);
  }

  @Test
  void shouldGoOnWithANewIkeSaAsWithTheOld() {
    two.up();
    for (int i = 0; i < 3; i++) {
      two.left.rekey("right", true);
      two.world.run(TwoEngines.SECOND);
      two.right.rekey("left", false);
      two.world.run(TwoEngines.SECOND);
      two.right.rekey("left", true);
      two.world.run(TwoEngines.SECOND);
    }
    two.world.run(Duration.ofSeconds(10));

    assertThat(two.leftView().rekeys()).isEqualTo(9);
    Invariants.settled(two.world);
  }

  @Test
  void shouldRekeyWithAKeyExchangeOfItsOwn() {
    two.start(two.ofLeft().esp(Peers.GCM_PFS), two.ofRight().esp(Peers.GCM_PFS));
    two.reach();
    traffic();
    two.left.rekey("right", false);
    assertNothingLost();

    assertThat(two.leftView().children().getFirst().suite())
        .isEqualTo("GCMAES256/GCMAES256/ECP384");
  }

  /** The first guess at the group is wrong; the answer names the right one. */
  @Test
  void shouldTakeUpThePfsGroupThePeerAsksFor() {
    EspSuite guess = new EspSuite(EspTransform.AES_GCM_256, DhGroup.ECP256, false);
    two.start(two.ofLeft().esp(guess, Peers.GCM_PFS), two.ofRight().esp(Peers.GCM_PFS, guess));
    two.reach();
    two.left.rekey("right", false);
    two.world.run(Duration.ofSeconds(10));

    assertThat(two.leftView().rekeys()).isEqualTo(1);
    assertThat(two.leftView().children())
        .singleElement()
        .satisfies(child -> assertThat(child.suite()).endsWith("/ECP384"));
    Invariants.settled(two.world);
  }

  @Test
  void shouldKeepTheTunnelWhenPfsDoesNotFitAndSayWhy() {
    two.start(two.ofLeft().esp(Peers.GCM_PFS), two.ofRight().esp(Peers.GCM));
    two.reach(); // IKE_AUTH has no PFS: the difference shows only now
    two.left.rekey("right", false);
    two.world.run(Duration.ofSeconds(5));

    assertThat(two.leftView().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(two.left.installed()).hasSize(1);
    assertThat(TwoEngines.codes(two.left)).contains("rekey-refused");
    Invariants.settled(two.world);
  }

  // --- when -------------------------------------------------------------------------------------

  @Test
  void shouldReplaceByTimeALittleBeforeTheLifetimeEnds() {
    Duration child = Duration.ofSeconds(300);
    Duration ike = Duration.ofSeconds(1_000);
    two.start(two.ofLeft().lifetimes(ike, child), two.ofRight().lifetimes(ike, child));
    two.reach();
    two.world.run(Duration.ofSeconds(265));
    assertThat(two.leftView().rekeys()).isZero();
    two.world.run(Duration.ofSeconds(35));
    assertThat(two.leftView().rekeys()).isEqualTo(1);
    two.world.run(Duration.ofHours(3));

    assertThat(two.leftView().rekeys()).isBetween(45L, 60L);
    assertThat(two.leftView().state()).isEqualTo(IkeState.ESTABLISHED);
    Invariants.settled(two.world);
  }

  @Test
  void shouldReplaceAChildThatIsExhaustedOnce() {
    two.up();
    int spi = two.left.outbound("right");
    two.left.exhausted(spi);
    two.left.exhausted(spi);
    two.left.exhausted(4711);
    two.world.run(Duration.ofSeconds(10));

    assertThat(two.leftView().rekeys()).isEqualTo(1);
    assertThat(two.left.installed()).hasSize(1).doesNotContainKey(spi);
  }

  @Test
  void shouldEndAnSaThatNobodyReplaces() {
    Duration child = Duration.ofSeconds(100);
    two.start(
        two.ofLeft().esp(Peers.GCM_PFS).lifetimes(Duration.ofHours(8), child),
        two.ofRight().lifetimes(Duration.ofHours(8), Duration.ofHours(8)));
    two.reach();
    int first = two.left.outbound("right");
    two.world.run(Duration.ofSeconds(170));

    assertThat(two.left.installed()).doesNotContainKey(first);
    assertThat(two.right.installed()).doesNotContainKey(first);
    assertThat(TwoEngines.codes(two.left)).contains("lifetime-expired");
  }

  // --- both sides -------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({"false, false", "true, true", "true, false", "false, true"})
  void shouldComeOutWithOneOfEachWhenBothRekeyAtOnce(boolean leftIke, boolean rightIke) {
    two.up();
    traffic();
    two.world.run(TwoEngines.SECOND);
    two.left.rekey("right", leftIke);
    two.right.rekey("left", rightIke);
    assertNothingLost();

    two.left.rekey("right", false);
    two.right.rekey("left", true);
    assertNothingLost();
  }

  /** One side's request is lost at first, so that only the other sees the collision. */
  @ParameterizedTest
  @CsvSource({"left, false", "right, false", "left, true", "right, true"})
  void shouldComeOutWithOneOfEachWhenOneSideSeesTheCollisionLate(String lost, boolean ikeSa) {
    two.up();
    traffic();
    two.world.run(TwoEngines.SECOND);
    SimNode loser = lost.equals("left") ? two.left : two.right;
    two.world
        .network()
        .eat(
            datagram ->
                datagram.from().getAddress().equals(loser.address())
                    && IkeHandshakeTest.is(datagram, ExchangeType.CREATE_CHILD_SA, false));
    two.left.rekey("right", ikeSa);
    two.right.rekey("left", ikeSa);
    two.world.run(Duration.ofMillis(300));
    two.world.network().heal();
    two.world.run(Duration.ofSeconds(60));
    assertNothingLost();
  }

  @ParameterizedTest
  @CsvSource({"left, false", "right, false", "left, true", "right, true"})
  void shouldComeOutWithOneOfEachWhenAnAnswerIsLost(String lost, boolean ikeSa) {
    two.up();
    traffic();
    SimNode loser = lost.equals("left") ? two.left : two.right;
    two.world
        .network()
        .eat(
            datagram ->
                datagram.from().getAddress().equals(loser.address())
                    && IkeHandshakeTest.is(datagram, ExchangeType.CREATE_CHILD_SA, true));
    two.left.rekey("right", ikeSa);
    two.right.rekey("left", ikeSa);
    two.world.run(Duration.ofMillis(1_200));
    two.world.network().heal();
    two.world.run(Duration.ofSeconds(60));
    assertNothingLost();
  }

  @Test
  void shouldOrderNoncesOctetByOctetAndTheShorterFirst() {
    byte[] low = {0, (byte) 0xff};
    byte[] high = {1};
    byte[] shorter = {0};

    assertThat(RekeyCollision.lowest(low, high)).isSameAs(low);
    assertThat(RekeyCollision.lowest(low, shorter)).isSameAs(shorter);
    assertThat(RekeyCollision.weYield(low, high)).isTrue();
    assertThat(RekeyCollision.weYield(high, low)).isFalse();
    assertThat(RekeyCollision.weYield(new byte[] {(byte) 0x80}, new byte[] {1}))
        .as("unsigned")
        .isFalse();
    assertThat(List.of(low, high)).hasSize(2);
  }
}
