package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.IkePeer.Role;
import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.message.DecodeResult;
import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeHeader;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.IkeMessage;
import dev.twinspan.agent.ike.message.NotifyType;
import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.TrafficSelector;
import dev.twinspan.agent.sim.Invariants;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.SimNetwork.Datagram;
import dev.twinspan.agent.sim.SimNetwork.Weather;
import dev.twinspan.agent.sim.World;
import dev.twinspan.ffi.crypto.EspTransform;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** From nothing to a tunnel. */
class IkeHandshakeTest {
  private final TwoEngines two = new TwoEngines();

  @Test
  void shouldEstablishWhenOneOpensAndTheOtherAnswers() {
    two.up();

    Invariants.settled(two.world);
    assertThat(two.left.installed()).hasSize(1);
    assertThat(two.leftView().initiator()).isTrue();
    assertThat(two.rightView().initiator()).isFalse();
    assertThat(two.leftView().suite()).isEqualTo("GCMAES256/SHA384/ECP384");
    assertThat(two.rightView().children().getFirst().suite()).isEqualTo("GCMAES256/GCMAES256/None");
    assertThat(two.leftView().rttNanos()).isEqualTo(10_000_000);
    assertThat(TwoEngines.codes(two.left)).containsExactly("connecting", "established");
    assertThat(TwoEngines.codes(two.right)).containsExactly("waiting-for-peer", "established");
  }

  static List<IkeSuite> suites() {
    return List.of(Peers.STRONG, Peers.MIDDLE, Peers.WEAK);
  }

  @ParameterizedTest
  @MethodSource("suites")
  void shouldEstablishWithEachSuiteOfAzure(IkeSuite suite) {
    for (EspTransform transform : EspTransform.values()) {
      TwoEngines pair = new TwoEngines();
      EspSuite esp = new EspSuite(transform, null, false);
      pair.start(pair.ofLeft().ike(suite).esp(esp), pair.ofRight().ike(suite).esp(esp));
      pair.reach();

      Invariants.settled(pair.world);
      assertThat(pair.left.installed().values())
          .allMatch(
              child ->
                  child.transform() == transform
                      && child.inboundKeys().length == transform.keyMaterialLength());
    }
  }

  // --- both at once -----------------------------------------------------------------------------

  @Test
  void shouldSettleOnOneIkeSaWhenBothOpenAtOnce() {
    two.start(
        two.ofLeft().role(Role.INITIATE_AND_RESPOND),
        two.ofRight().role(Role.INITIATE_AND_RESPOND));
    two.reach();
    two.world.run(TwoEngines.SECOND);
    assertThat(two.leftView().ikeSas()).isEqualTo(2);
    assertThat(two.rightView().ikeSas()).isEqualTo(2);

    two.world.every(Duration.ofMillis(100), two.left::sendEsp);
    two.world.every(Duration.ofMillis(100), two.right::sendEsp);
    two.world.run(Duration.ofMinutes(2));

    Invariants.settled(two.world);
    assertThat(two.leftView().ikeSas()).isEqualTo(1);
    assertThat(two.rightView().ikeSas()).isEqualTo(1);
    assertThat(two.left.espUnknown() + two.right.espUnknown()).as("packets lost").isZero();
    assertThat(TwoEngines.codes(two.left)).doesNotContain("no-answer", "peer-deleted");
  }

  @Test
  void shouldNotOpenAgainWhenADuplicateIsDeleted() {
    two.start(
        two.ofLeft().role(Role.INITIATE_AND_RESPOND),
        two.ofRight().role(Role.INITIATE_AND_RESPOND));
    two.reach();
    two.world.run(Duration.ofSeconds(31)); // the surplus one is just being deleted
    long sent = two.left.sent() + two.right.sent();
    assertThat(two.leftView().ikeSas()).isEqualTo(1);
    two.world.run(Duration.ofSeconds(9));

    assertThat(two.left.sent() + two.right.sent()).as("but liveness").isLessThanOrEqualTo(sent + 4);
    assertThat(two.leftView().ikeSas()).isEqualTo(1);
  }

  @Test
  void shouldDropItsOwnFreshAttemptWhenThePeerIsFaster() {
    two.world.network().eat(datagram -> fromLeftInit(datagram));
    two.start(
        two.ofLeft().role(Role.INITIATE_AND_RESPOND),
        two.ofRight().role(Role.INITIATE_AND_RESPOND));
    two.reach();
    two.world.network().heal();
    two.world.run(Duration.ofSeconds(20));

    assertThat(two.leftView().ikeSas()).isEqualTo(1);
    assertThat(two.rightView().ikeSas()).isEqualTo(1);
    assertThat(two.leftView().initiator()).isFalse();
  }

  private static boolean fromLeftInit(Datagram datagram) {
    return datagram.from().getAddress().equals(World.address("192.0.2.1"))
        && is(datagram, ExchangeType.IKE_SA_INIT, false);
  }

  static boolean is(Datagram datagram, ExchangeType exchange, boolean response) {
    return !datagram.esp()
        && IkeCodec.header(datagram.payload()) instanceof DecodeResult.Decoded<IkeHeader>(var h)
        && h.exchange() == exchange
        && h.response() == response;
  }

  // --- IKE_SA_INIT ------------------------------------------------------------------------------

  @Test
  void shouldTakeUpTheGroupThePeerAsksFor() {
    two.start(two.ofLeft().ike(Peers.WEAK, Peers.STRONG), two.ofRight().ike(Peers.STRONG));
    two.reach();

    assertThat(two.leftView().suite()).isEqualTo("GCMAES256/SHA384/ECP384");
  }

  @Test
  void shouldNotTakeUpAGroupItDoesNotOffer() {
    two.left.configure(two.ofLeft().build());
    two.world.run(Duration.ofMillis(1));
    byte[] forged = answer(two, Payloads.invalidKe(Peers.WEAK.group().id()));
    two.left.inject(address(two, true), address(two, false), forged);
    two.world.run(Duration.ofMillis(1_100));

    assertThat(two.leftView().reason().code()).isEqualTo("no-proposal-chosen");
    assertThat(two.leftView().reason().details()).containsEntry("IKE, peer", "dhGroup DHGroup2");
  }

  /** An answer to left's IKE_SA_INIT that anybody could have sent who saw it. */
  private static byte[] answer(TwoEngines two, Payload... payloads) {
    IkeHeader header =
        new IkeHeader(
            two.leftView().initiatorSpi(), 0x55, ExchangeType.IKE_SA_INIT, true, false, 0);
    return IkeCodec.encode(new IkeMessage(header, List.of(payloads)));
  }

  private static InetSocketAddress address(TwoEngines two, boolean left) {
    return new InetSocketAddress(left ? two.left.address() : two.right.address(), 500);
  }

  @Test
  void shouldNotBeStoppedByForgedErrors() {
    two.start(two.ofLeft(), two.ofRight());
    for (int type : new int[] {NotifyType.NO_PROPOSAL_CHOSEN, NotifyType.INVALID_SYNTAX, 9_999}) {
      two.left.inject(address(two, true), address(two, false), answer(two, Payloads.notify(type)));
    }
    two.reach();

    assertThat(two.leftView().state()).isEqualTo(IkeState.ESTABLISHED);
  }

  @Test
  void shouldNotFollowForgedCookiesForEver() {
    two.left.configure(two.ofLeft().build());
    two.world.run(Duration.ofMillis(1));
    long sent = two.left.sent();
    for (int i = 1; i < 100; i++) {
      Payload cookie = Payloads.notify(NotifyType.COOKIE, new byte[] {(byte) i});
      two.left.inject(address(two, true), address(two, false), answer(two, cookie));
    }
    assertThat(two.left.sent() - sent).isEqualTo(Timing.INIT_RESTARTS);
  }

  @Test
  void shouldSendTheCookieItIsAskedFor() {
    two.left.configure(two.ofLeft().build());
    two.world.run(Duration.ofMillis(10)); // the first request is lost on a box not configured
    two.right.configure(two.ofRight().build());
    byte[] secret = {9, 8, 7};
    List<byte[]> seen = new ArrayList<>();
    two.world
        .network()
        .eat(
            datagram -> {
              seen.add(datagram.payload());
              return false;
            });
    two.left.inject(
        address(two, true),
        address(two, false),
        answer(two, Payloads.notify(NotifyType.COOKIE, secret)));

    IkeMessage again = ScriptedPeer.decoded(IkeCodec.decode(seen.getFirst()));
    assertThat(again.payloads().getFirst())
        .isInstanceOfSatisfying(
            Payload.Notify.class, notify -> assertThat(notify.data()).isEqualTo(secret));
    two.reach(); // and AUTH signs the message with the cookie
  }

  // --- what is negotiated -----------------------------------------------------------------------

  @Test
  void shouldNarrowTheSelectorsToWhatBothWant() {
    TrafficSelector site = Peers.selector("192.168.50.0", "192.168.50.255");
    TrafficSelector vnet = Peers.selector("10.10.0.0", "10.10.255.255");
    two.start(two.ofLeft(), two.ofRight().selectors(List.of(vnet), List.of(site)));
    two.reach();

    Invariants.settled(two.world);
    assertThat(two.left.installed().values())
        .allSatisfy(
            child -> {
              assertThat(child.localSelectors()).containsExactly(site);
              assertThat(child.remoteSelectors()).containsExactly(vnet);
            });
  }

  @Test
  void shouldNegotiateExtendedSequenceNumbers() {
    EspSuite esn = new EspSuite(EspTransform.AES_GCM_256, null, true);
    two.start(two.ofLeft().esp(esn, Peers.GCM), two.ofRight().esp(esn));
    two.reach();
    assertThat(two.left.installed().values()).allMatch(IkeAction.InstallChild::esn);

    TwoEngines without = new TwoEngines();
    without.start(without.ofLeft().esp(esn, Peers.GCM), without.ofRight().esp(Peers.GCM));
    without.reach();
    assertThat(without.left.installed().values()).noneMatch(IkeAction.InstallChild::esn);
  }

  @Test
  void shouldEncapsulateAlwaysWhenForcedAndOnlyThen() {
    two.up();
    assertThat(two.left.installed().values())
        .allMatch(c -> c.udpEncapsulated() && c.remote().getPort() == 4500);
    assertThat(two.right.installed().values())
        .allMatch(c -> c.udpEncapsulated() && c.local().getPort() == 4500);

    TwoEngines plain = new TwoEngines();
    plain.start(plain.ofLeft().force(false), plain.ofRight().force(false));
    plain.reach();
    assertThat(plain.left.installed().values()).noneMatch(IkeAction.InstallChild::udpEncapsulated);
    assertThat(plain.leftView().natHere() || plain.leftView().natThere()).isFalse();
    Invariants.settled(plain.world);

    TwoEngines one = new TwoEngines();
    one.start(one.ofLeft().force(false), one.ofRight().force(true));
    one.reach();
    assertThat(one.left.installed().values()).allMatch(IkeAction.InstallChild::udpEncapsulated);
    Invariants.settled(one.world);
  }

  // --- trouble ----------------------------------------------------------------------------------

  @Test
  void shouldEstablishOnALineThatLosesHalf() {
    two.world.network().weather(new Weather(0.5, 0.2, 0.05, 20_000_000, 200_000_000));
    two.start(two.ofLeft(), two.ofRight());

    assertThat(two.world.runUntil(two::bothUp, Duration.ofSeconds(60))).isTrue();
    assertThat(two.leftView().retransmits()).isPositive();
  }

  @Test
  void shouldTakeAPeerBackThatHasForgottenEverything() {
    two.start(two.ofLeft().role(Role.INITIATE_AND_RESPOND), two.ofRight());
    two.reach();
    two.left.crash();
    two.world.run(TwoEngines.SECOND);
    two.left.restart();
    two.reach();
    two.world.run(TwoEngines.SECOND);

    assertThat(two.rightView().ikeSas()).as("INITIAL_CONTACT").isEqualTo(1);
    assertThat(two.right.installed()).hasSize(1);
    Invariants.settled(two.world);
  }

  @Test
  void shouldTryAgainWithBackOffButNotFasterThanItMay() {
    two.world.network().cut(two.right.address());
    two.left.configure(two.ofLeft().build());
    two.world.run(Duration.ofMinutes(5));
    long perMinute = two.left.sent() / 5;
    assertThat(perMinute).isBetween(8L, 40L);

    two.right.configure(two.ofRight().build());
    two.world.network().heal();
    assertThat(two.world.runUntil(two::bothUp, Duration.ofSeconds(18)))
        .as("7.5 s of an attempt and 10 s of waiting at most")
        .isTrue();
  }

  @Test
  void shouldFindAPeerBehindAMovingNatByItsIdentity() {
    World world = two.world;
    world.network().nat(two.left.address(), World.address("203.0.113.200"));
    IkeId branch = IkeId.fqdn("branch-0017");
    two.start(
        two.ofLeft().localId(branch).force(false),
        two.ofRight().remote(World.address("198.51.100.1")).remoteId(branch).force(false));
    two.reach();

    assertThat(two.rightView().remote().getAddress()).isEqualTo(World.address("203.0.113.200"));
    assertThat(two.rightView().natThere()).isTrue();
    assertThat(two.leftView().natHere()).isTrue();
    assertThat(two.left.installed().values()).allMatch(IkeAction.InstallChild::udpEncapsulated);
  }

  @Test
  void shouldLetTheKernelChooseTheLocalAddress() {
    two.start(two.ofLeft().local(null), two.ofRight());
    two.reach();

    assertThat(two.leftView().local()).isEqualTo(new InetSocketAddress(two.left.address(), 4500));
  }
}
