package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.sim.Invariants;
import dev.twinspan.agent.sim.SimNetwork.Nat;
import dev.twinspan.agent.sim.World;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Left sits behind a NAT. */
class IkeNatTest {
  private static final InetAddress PUBLIC = World.address("203.0.113.200");

  private final TwoEngines two = new TwoEngines();
  private final Nat nat = two.world.network().nat(two.left.address(), PUBLIC);

  @BeforeEach
  void up() {
    two.start(
        two.ofLeft().force(false),
        two.ofRight().remote(PUBLIC).remoteId(IkeId.of(two.left.address())).force(false));
    two.reach();
  }

  @Test
  void shouldSeeOnWhichSideItIs() {
    assertThat(two.leftView().natHere()).isTrue();
    assertThat(two.leftView().natThere()).isFalse();
    assertThat(two.rightView().natHere()).isFalse();
    assertThat(two.rightView().natThere()).isTrue();
    assertThat(two.right.installed().values()).allMatch(IkeAction.InstallChild::udpEncapsulated);
    assertThat(two.leftView().local().getPort()).isEqualTo(4500);
    Invariants.settled(two.world);
  }

  @Test
  void shouldKeepTheMappingOpen() {
    two.world.run(Duration.ofSeconds(101));

    assertThat(two.left.keepalives()).hasSize(5);
    assertThat(two.left.keepalives().getFirst().local().getPort()).isEqualTo(4500);
    assertThat(two.right.keepalives()).isEmpty();
    assertThat(two.right.drops("keepalive")).isEqualTo(two.left.keepalives().size());
  }

  @Test
  void shouldFollowAPeerWhoseMappingChanges() {
    InetSocketAddress before = two.rightView().remote();
    two.world.every(Duration.ofSeconds(1), two.right::sendEsp);
    two.world.run(Duration.ofSeconds(5));
    nat.rebind();
    two.world.run(Duration.ofSeconds(30)); // left's next liveness check shows the new port

    assertThat(two.right.moves()).hasSize(1);
    assertThat(two.rightView().remote()).isNotEqualTo(before);
    long received = two.left.espReceived();
    two.world.run(Duration.ofSeconds(10));
    assertThat(two.left.espReceived()).isGreaterThan(received + 8);
    assertThat(TwoEngines.codes(two.right)).containsExactly("waiting-for-peer", "established");
  }

  /** Else a peer that is there again is given up: found by the simulator, seed 52445. */
  @Test
  void shouldAskAgainWhereThePeerIsNow() {
    two.world.run(Duration.ofMillis(100));
    nat.rebind();
    two.right.ask("left");
    two.world.run(Duration.ofSeconds(5));
    assertThat(two.right.engine().answeredAt("left")).as("asked at the old port").isZero();

    two.left.ask("right");
    two.world.run(Duration.ofMillis(100));
    assertThat(two.right.engine().answeredAt("left")).isPositive();
  }

  @Test
  void shouldFollowAuthenticEspWithoutWaitingForIke() {
    InetSocketAddress moved = new InetSocketAddress(PUBLIC, 40_123);
    two.right.espFrom(moved);

    assertThat(two.right.moves()).hasSize(1);
    assertThat(two.rightView().remote()).isEqualTo(moved);
    two.right.espFrom(moved);
    assertThat(two.right.moves()).as("the same place again").hasSize(1);
  }

  @Test
  void shouldNotFollowEspOfWhoIsNotBehindANat() {
    two.left.espFrom(new InetSocketAddress(World.address("203.0.113.66"), 4500));
    assertThat(two.left.moves()).isEmpty();
  }

  @Test
  void shouldShowItsNewMappingAtOnceWhenItIsAskedTo() {
    two.world.run(Duration.ofMillis(100));
    InetSocketAddress before = two.rightView().remote();
    nat.rebind();
    two.left.ask("right");
    two.world.run(Duration.ofMillis(100));
    assertThat(two.rightView().remote()).isNotEqualTo(before);
  }

  @Test
  void shouldAskAtOnceAndRepeatTheQuestionWhenAskedAgain() {
    assertThat(two.right.ask("left")).isEqualTo(1);
    assertThat(two.left.ask("right")).isEqualTo(1);
    assertThat(two.left.ask("right")).isEqualTo(1);
    two.world.run(Duration.ofMillis(200));

    assertThat(two.left.engine().answeredAt("right")).isPositive();
    assertThat(two.left.engine().view().getFirst().retransmits()).isZero();
  }

  @Test
  void shouldSendNoKeepaliveWhileEspKeepsTheMappingOpen() {
    two.world.every(Duration.ofSeconds(5), () -> two.left.sentEsp("right"));
    two.world.run(Duration.ofSeconds(101));
    assertThat(two.left.keepalives()).isEmpty();
  }

  @Test
  void shouldNotFollowWhoIsNotBehindANat() {
    InetSocketAddress before = two.leftView().remote();
    two.world.run(Duration.ofMinutes(2));

    assertThat(two.left.moves()).isEmpty();
    assertThat(two.leftView().remote()).isEqualTo(before);
  }
}
