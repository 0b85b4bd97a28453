package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.Proposal;
import dev.twinspan.agent.sim.Invariants;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.SimNode;
import dev.twinspan.agent.sim.World;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every collision of RFC 7296 sections 2.8.1, 2.8.2 and 2.25, two of ours against each other: who
 * wins, and why. Requests given at the same instant cross on the way (5 ms each).
 */
class IkeCollisionTest {
  /** Nonces differ from seed to seed, so that each side wins some. */
  private static final int SEEDS = 10;

  private TwoEngines two = fresh(1);

  private static TwoEngines fresh(long seed) {
    TwoEngines two = new TwoEngines(World.fast(seed)).up();
    two.world.every(Duration.ofMillis(10), two.left::sendEsp);
    two.world.every(Duration.ofMillis(10), two.right::sendEsp);
    two.world.run(TwoEngines.SECOND);
    return two;
  }

  private static void run(TwoEngines two, int millis) {
    two.world.run(Duration.ofMillis(millis));
  }

  /** One pair is left, it is whole, and no packet found its SA gone. */
  private static void assertOnePairAndNothingLost(TwoEngines two) {
    run(two, 15_000);
    Invariants.settled(two.world);
    assertThat(two.left.espUnknown() + two.right.espUnknown()).as("packets lost").isZero();
    assertOnePair(two);
  }

  private static void assertOnePair(TwoEngines two) {
    assertThat(two.bothUp()).isTrue();
    assertThat(two.left.installed()).hasSize(1);
    assertThat(two.right.installed()).hasSize(1);
    assertThat(two.leftView().ikeSas()).isEqualTo(1);
    assertThat(two.rightView().ikeSas()).isEqualTo(1);
  }

  private static int pair(SimNode node, String peer) {
    Integer spi = node.outbound(peer);
    return spi == null ? 0 : spi;
  }

  private static boolean removed(SimNode node, int inboundSpi, String why) {
    return node.removals().stream()
        .anyMatch(r -> r.inboundSpi() == inboundSpi && r.reason().equals(why));
  }

  // --- section 2.8.1: simultaneous CHILD rekey --------------------------------------------------

  /**
   * The pair made with the lowest of the four nonces loses: who began that exchange deletes it, and
   * who began the other deletes the old pair.
   */
  @Test
  void simultaneousChildRekeyTheExchangeWithTheLowestNonceYields() {
    Set<Boolean> leftWon = new HashSet<>();
    for (int seed = 1; seed <= SEEDS; seed++) {
      two = fresh(seed);
      int oldOfLeft = pair(two.left, "right");
      int oldOfRight = pair(two.right, "left");
      two.left.rekey("right", false);
      two.right.rekey("left", false);
      run(two, 12); // both are through, no DELETE has arrived yet

      List<ChildSa> made = new ArrayList<>();
      for (int spi : two.left.installed().keySet()) {
        if (spi != oldOfLeft) {
          made.add(EngineProbe.child(two.left.engine(), spi));
        }
      }
      assertThat(made).hasSize(2);
      boolean firstWins =
          Arrays.compareUnsigned(made.get(0).lowestNonce(), made.get(1).lowestNonce()) > 0;
      ChildSa winner = made.get(firstWins ? 0 : 1);
      ChildSa loser = made.get(firstWins ? 1 : 0);
      leftWon.add(winner.initiator());

      assertOnePairAndNothingLost(two);
      assertThat(pair(two.left, "right")).isEqualTo(winner.inboundSpi());
      SimNode winning = winner.initiator() ? two.left : two.right;
      int oldOfWinning = winner.initiator() ? oldOfLeft : oldOfRight;
      assertThat(removed(winning, oldOfWinning, "rekeyed")).as("winner deletes the old").isTrue();
      SimNode losing = winner.initiator() ? two.right : two.left;
      int redundant = winner.initiator() ? loser.outboundSpi() : loser.inboundSpi();
      assertThat(removed(losing, redundant, "rekey-collision"))
          .as("loser deletes what it made")
          .isTrue();
    }
    assertThat(leftWon).as("both sides won at times").hasSize(2);
  }

  /**
   * The answer to one side's rekey is lost. It learns of the collision only from its
   * retransmission; the nonces decide all the same, unless the other has deleted the old pair
   * meanwhile, which tells that the other's stays.
   */
  @ParameterizedTest
  @ValueSource(strings = {"left", "right"})
  void simultaneousChildRekeyWithLostReplyTheNoncesStillDecide(String deaf) {
    for (int seed = 1; seed <= SEEDS; seed++) {
      two = fresh(seed);
      SimNode loses = deaf.equals("left") ? two.left : two.right;
      two.world
          .network()
          .eat(
              datagram ->
                  datagram.to().getAddress().equals(loses.address())
                      && IkeHandshakeTest.is(datagram, ExchangeType.CREATE_CHILD_SA, true));
      two.left.rekey("right", false);
      two.right.rekey("left", false);
      run(two, 300);
      two.world.network().heal();
      assertOnePairAndNothingLost(two);
    }
  }

  /**
   * One side's request is lost, so only that side sees a collision. Its retransmission names a pair
   * the other has already replaced and is deleting: TEMPORARY_FAILURE, or CHILD_SA_NOT_FOUND once
   * it is gone. The rekey that went through wins; the other is forgotten.
   */
  @ParameterizedTest
  @ValueSource(strings = {"left", "right"})
  void childRekeySeenByOneSideOnlyTheOneThatWentThroughWins(String unheard) {
    for (int seed = 1; seed <= SEEDS; seed++) {
      two = fresh(seed);
      SimNode loses = unheard.equals("left") ? two.left : two.right;
      two.world
          .network()
          .eat(
              datagram ->
                  datagram.from().getAddress().equals(loses.address())
                      && IkeHandshakeTest.is(datagram, ExchangeType.CREATE_CHILD_SA, false));
      two.left.rekey("right", false);
      two.right.rekey("left", false);
      run(two, 300);
      two.world.network().heal();
      assertOnePairAndNothingLost(two);
      assertThat(two.leftView().rekeys()).isEqualTo(1);
      assertThat(two.rightView().rekeys()).isEqualTo(1);
    }
  }

  // --- section 2.8.2: simultaneous IKE rekey ----------------------------------------------------

  /**
   * As with CHILD SAs: the new IKE SA with the lowest nonce goes, the CHILD SAs are on the other.
   */
  @Test
  void simultaneousIkeRekeyTheExchangeWithTheLowestNonceYields() {
    Set<Boolean> leftWon = new HashSet<>();
    for (int seed = 1; seed <= SEEDS; seed++) {
      two = fresh(seed);
      long old = two.leftView().initiatorSpi();
      two.left.rekey("right", true);
      two.right.rekey("left", true);
      run(two, 12);
      List<IkeSa> made = new ArrayList<>();
      for (IkeSa sa : two.left.engine().context().sas()) {
        if (sa.channel().initiatorSpi() != old) {
          made.add(sa);
        }
      }
      assertThat(made).hasSize(2);
      boolean firstWins =
          Arrays.compareUnsigned(made.get(0).lowestNonce(), made.get(1).lowestNonce()) > 0;
      IkeSa winner = made.get(firstWins ? 0 : 1);
      leftWon.add(winner.initiator());
      long expected = winner.channel().initiatorSpi();

      assertOnePairAndNothingLost(two);
      assertThat(two.leftView().initiatorSpi()).isEqualTo(expected);
      assertThat(two.rightView().initiatorSpi()).isEqualTo(expected);
      assertThat(two.left.removals()).as("no CHILD SA was touched").isEmpty();
    }
    assertThat(leftWon).as("both sides won at times").hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"left", "right"})
  void simultaneousIkeRekeyWithLostReplyTheNoncesStillDecide(String deaf) {
    for (int seed = 1; seed <= SEEDS; seed++) {
      two = fresh(seed);
      SimNode loses = deaf.equals("left") ? two.left : two.right;
      two.world
          .network()
          .eat(
              datagram ->
                  datagram.to().getAddress().equals(loses.address())
                      && IkeHandshakeTest.is(datagram, ExchangeType.CREATE_CHILD_SA, true));
      two.left.rekey("right", true);
      two.right.rekey("left", true);
      run(two, 300);
      two.world.network().heal();
      assertOnePairAndNothingLost(two);
      assertThat(two.left.removals()).isEmpty();
    }
  }

  /**
   * Section 2.8.2: the peer that did not notice answers a rekey of an IKE SA it has already
   * replaced with TEMPORARY_FAILURE; the one that went through wins.
   */
  @ParameterizedTest
  @ValueSource(strings = {"left", "right"})
  void ikeRekeySeenByOneSideOnlyTheOneThatWentThroughWins(String unheard) {
    for (int seed = 1; seed <= SEEDS; seed++) {
      two = fresh(seed);
      SimNode loses = unheard.equals("left") ? two.left : two.right;
      two.world
          .network()
          .eat(
              datagram ->
                  datagram.from().getAddress().equals(loses.address())
                      && IkeHandshakeTest.is(datagram, ExchangeType.CREATE_CHILD_SA, false));
      two.left.rekey("right", true);
      two.right.rekey("left", true);
      run(two, 300);
      two.world.network().heal();
      assertOnePairAndNothingLost(two);
      assertThat(two.leftView().rekeys()).isEqualTo(1);
      assertThat(two.left.removals()).isEmpty();
    }
  }

  // --- section 2.25: rekey against rekey of the other kind --------------------------------------

  /**
   * Each has begun what the other must put off (sections 2.25.1 and 2.25.2), so both answer
   * TEMPORARY_FAILURE: nobody wins at first, and after a random wait both rekeys are done.
   */
  @Test
  void childRekeyAgainstIkeRekeyBothArePutOffAndDoneLater() {
    for (int seed = 1; seed <= SEEDS; seed++) {
      two = fresh(seed);
      long ike = two.leftView().initiatorSpi();
      int child = pair(two.left, "right");
      two.left.rekey("right", false);
      two.right.rekey("left", true);
      run(two, 100);
      assertThat(two.leftView().rekeys()).as("put off").isZero();
      assertThat(two.rightView().rekeys()).isZero();

      assertOnePairAndNothingLost(two);
      assertThat(two.leftView().initiatorSpi()).isNotEqualTo(ike);
      assertThat(two.left.installed()).doesNotContainKey(child);
    }
  }

  // --- section 2.25: rekey against delete -------------------------------------------------------

  /**
   * Section 2.25.1: a rekey of a CHILD SA that is being closed gets TEMPORARY_FAILURE, its DELETE
   * is answered as usual. DELETE wins; the initiator of the IKE SA makes a new pair.
   */
  @ParameterizedTest
  @ValueSource(strings = {"left", "right"})
  void childRekeyAgainstChildDeleteTheDeleteWins(String rekeys) {
    two = fresh(1);
    boolean leftRekeys = rekeys.equals("left");
    int old = pair(two.left, "right");
    int oldOfRight = pair(two.right, "left");
    if (leftRekeys) {
      two.left.rekey("right", false);
      two.right.ask((engine, now) -> EngineProbe.deleteChild(engine, now, oldOfRight));
    } else {
      two.right.rekey("left", false);
      two.left.ask((engine, now) -> EngineProbe.deleteChild(engine, now, old));
    }
    run(two, 20);
    assertThat(two.left.installed()).as("deleted, and no replacement made").isEmpty();
    assertThat(two.right.installed()).isEmpty();

    run(two, 15_000);
    Invariants.settled(two.world);
    assertOnePair(two);
  }

  /** Section 2.25.2: DELETE of the IKE SA is obeyed, and our own rekey of it is forgotten. */
  @Test
  void ikeRekeyAgainstIkeDeleteTheDeleteWins() {
    two = fresh(1);
    int child = pair(two.right, "left");
    two.left.rekey("right", true);
    two.right.ask((engine, now) -> EngineProbe.deleteIke(engine, now, child));
    run(two, 20);
    assertThat(two.left.installed()).isEmpty();
    assertThat(two.leftView().rekeys()).isZero();

    run(two, 15_000);
    Invariants.settled(two.world);
    assertOnePair(two);
  }

  /** A CHILD rekey on an IKE SA that is being closed: TEMPORARY_FAILURE, and all goes. */
  @Test
  void childRekeyAgainstIkeDeleteTheDeleteWins() {
    two = fresh(1);
    int child = pair(two.right, "left");
    two.left.rekey("right", false);
    two.right.ask((engine, now) -> EngineProbe.deleteIke(engine, now, child));
    run(two, 20);
    assertThat(two.left.installed()).isEmpty();
    assertThat(two.right.installed()).isEmpty();

    run(two, 15_000);
    Invariants.settled(two.world);
    assertOnePair(two);
  }

  /**
   * Section 2.25.2: while we rekey the IKE SA a CHILD SA's DELETE is answered as usual; who deletes
   * a CHILD SA puts the IKE rekey off. DELETE wins, and the rekey follows.
   */
  @Test
  void ikeRekeyAgainstChildDeleteTheDeleteWinsAndTheRekeyFollows() {
    two = fresh(1);
    long ike = two.leftView().initiatorSpi();
    int child = pair(two.right, "left");
    two.left.rekey("right", true);
    two.right.ask((engine, now) -> EngineProbe.deleteChild(engine, now, child));
    run(two, 20);
    assertThat(two.left.installed()).isEmpty();

    run(two, 15_000);
    Invariants.settled(two.world);
    assertOnePair(two);
    assertThat(two.leftView().initiatorSpi()).isNotEqualTo(ike);
  }

  // --- section 2.25: delete against delete ------------------------------------------------------

  /** Section 1.4.1: neither answer names an SA, and the pair is gone once on both sides. */
  @Test
  void childDeleteAgainstChildDeleteBothAgree() {
    two = fresh(1);
    int left = pair(two.left, "right");
    int right = pair(two.right, "left");
    two.left.ask((engine, now) -> EngineProbe.deleteChild(engine, now, left));
    two.right.ask((engine, now) -> EngineProbe.deleteChild(engine, now, right));
    run(two, 12);
    assertThat(two.left.installed()).isEmpty();
    assertThat(two.right.installed()).isEmpty();

    run(two, 15_000);
    Invariants.settled(two.world);
    assertOnePair(two);
  }

  /** Section 2.25.2: answered as usual, and the own DELETE is forgotten. Nobody is told twice. */
  @Test
  void ikeDeleteAgainstIkeDeleteBothAgree() {
    two = fresh(1);
    int left = pair(two.left, "right");
    int right = pair(two.right, "left");
    long sent = two.left.sent() + two.right.sent();
    two.left.ask((engine, now) -> EngineProbe.deleteIke(engine, now, left));
    two.right.ask((engine, now) -> EngineProbe.deleteIke(engine, now, right));
    run(two, 100);
    assertThat(two.left.sent() + two.right.sent() - sent).as("2 DELETEs, 2 answers").isEqualTo(4);

    run(two, 15_000);
    Invariants.settled(two.world);
    assertOnePair(two);
  }

  // --- parallel IKE SAs -------------------------------------------------------------------------

  /**
   * Both open at once. The IKE SA with the lowest initiator SPI stays (both see the same), who
   * opened the other deletes it, and nobody opens again: a duplicate's DELETE starts no fight.
   */
  @Test
  void bothOpenAtOnceTheLowestSpiStaysAndItsDeleteStartsNoFight() {
    for (int seed = 1; seed <= SEEDS; seed++) {
      two = new TwoEngines(World.fast(seed));
      two.start(
          two.ofLeft().role(IkePeer.Role.INITIATE_AND_RESPOND),
          two.ofRight().role(IkePeer.Role.INITIATE_AND_RESPOND));
      two.reach();
      two.world.every(Duration.ofMillis(10), two.left::sendEsp);
      two.world.every(Duration.ofMillis(10), two.right::sendEsp);
      run(two, 14_000);
      assertOnePair(two);
      long stays = two.leftView().initiatorSpi();
      run(two, 60_000);
      assertThat(two.leftView().initiatorSpi()).isEqualTo(stays);
      assertThat(two.left.espUnknown() + two.right.espUnknown()).as("packets lost").isZero();
      assertOnePair(two);
    }
  }

  // --- what one side alone does -----------------------------------------------------------------

  private final ScriptedPeer peer = new ScriptedPeer(ScriptedPeer.config().build());

  private static int error(List<Payload> payloads) {
    Payload.Notify error = Payloads.error(payloads);
    return error == null ? 0 : error.type();
  }

  private List<Payload> rekeyOf(int old, int spi) {
    return List.of(
        Payloads.notifyChild(NotifyType.REKEY_SA, Payloads.spi(old)),
        new Payload.SecurityAssociation(Negotiation.offerEsp(List.of(Peers.GCM), spi, true)),
        new Payload.Nonce(peer.crypto.random(32)),
        new Payload.TrafficSelectors(true, Peers.any()),
        new Payload.TrafficSelectors(false, Peers.any()));
  }

  /**
   * Double rekey: the peer replaces the same pair twice without deleting it. Both replacements
   * stand, as it asked for; traffic moves to the newest when the peer deletes the old, and what it
   * deletes goes.
   */
  @Test
  void doubleRekeyOfOnePairTheNewestCarriesTheTraffic() {
    peer.establish();
    assertThat(error(peer.request(ExchangeType.CREATE_CHILD_SA, rekeyOf(peer.childSpi, 5_000))))
        .isZero();
    assertThat(error(peer.request(ExchangeType.CREATE_CHILD_SA, rekeyOf(peer.childSpi, 5_001))))
        .isZero();
    peer.request(
        ExchangeType.INFORMATIONAL,
        List.of(
            new Payload.Delete(
                Proposal.PROTOCOL_ESP, List.of(Payloads.spi(peer.childSpi), Payloads.spi(5_000)))));
    peer.pass(Timing.LINGER);

    assertThat(peer.view().children())
        .singleElement()
        .satisfies(
            child -> {
              assertThat(child.outboundSpi()).isEqualTo(5_001);
              assertThat(child.outbound()).isTrue();
            });
  }

  /** Twice told that the pair is used up: one rekey, since the second wish finds it under way. */
  @Test
  void doubleRekeyByTheSameSideIsOne() {
    two = fresh(1);
    int spi = pair(two.left, "right");
    two.left.exhausted(spi);
    two.left.rekey("right", false);
    two.left.exhausted(spi);
    assertOnePairAndNothingLost(two);
    assertThat(two.leftView().rekeys()).isEqualTo(1);
  }

  /** Section 2.25: TEMPORARY_FAILURE is not the end; the same is asked again after a while. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void temporaryFailureKeepsTheSaAndAsksAgain(boolean ikeSa) {
    peer.establish();
    IkeMessage asked = peer.requests(peer.engine.rekey(peer.now, "peer", ikeSa)).getFirst();
    peer.answer(asked, List.of(Payloads.notify(NotifyType.TEMPORARY_FAILURE)));

    assertThat(peer.view().state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(peer.view().children()).hasSize(1);
    assertThat(asks(peer.pass(Timing.TEMPORARY_FAILURE_WAIT - Timing.SECOND))).isZero();
    assertThat(asks(peer.pass(Timing.TEMPORARY_FAILURE_WAIT + 2 * Timing.SECOND))).isPositive();
  }

  private long asks(List<IkeAction> done) {
    return peer.requests(done).stream()
        .filter(m -> m.header().exchange() == ExchangeType.CREATE_CHILD_SA)
        .count();
  }

  /**
   * Section 2.25: CHILD_SA_NOT_FOUND says the pair is dead at the peer, so it is dead here too, and
   * a new one is made. Believed because it is authentic.
   */
  @Test
  void childSaNotFoundForgetsThePairAndMakesANewOne() {
    two = fresh(1);
    int old = pair(two.left, "right");
    int oldOfRight = pair(two.right, "left");
    two.world.network().cut(two.left.address());
    two.right.ask((engine, now) -> EngineProbe.deleteChild(engine, now, oldOfRight));
    two.right.ask((engine, now) -> EngineProbe.forgetChild(engine, now, oldOfRight));
    two.world.network().heal();
    two.left.rekey("right", false);
    run(two, 11);
    assertThat(removed(two.left, old, "child-lost")).isTrue();

    run(two, 15_000);
    Invariants.settled(two.world);
    assertOnePair(two);
  }
}
