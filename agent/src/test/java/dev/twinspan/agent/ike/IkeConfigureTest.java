package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.ike.message.ExchangeType;
import dev.twinspan.agent.sim.Invariants;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.SimNode;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the operator does to running tunnels. */
class IkeConfigureTest {
  private final TwoEngines two = new TwoEngines();
  private final SimNode third = two.world.node("third", "192.0.2.3");

  private void bothPeersUp() {
    two.left.configure(two.ofLeft().build(), toThird().build());
    two.right.configure(two.ofRight().build());
    third.configure(Peers.from(third, two.left).role(IkePeer.Role.RESPOND_ONLY).build());
    two.reach();
    assertThat(two.world.runUntil(() -> two.left.isUp("third"), Duration.ofSeconds(2))).isTrue();
  }

  private Peers.Builder toThird() {
    return Peers.from(two.left, third).role(IkePeer.Role.INITIATE_ONLY);
  }

  @Test
  void shouldLeaveUnchangedPeersAlone() {
    bothPeersUp();
    IkeView right = two.leftView();
    IkeView other = two.left.view("third");
    long sent = two.left.sent();
    two.left.configure(toThird().build(), two.ofLeft().build());

    assertThat(two.left.sent()).isEqualTo(sent);
    assertThat(two.leftView()).isEqualTo(right);
    assertThat(two.left.view("third")).isEqualTo(other);
  }

  /** A reload reads the files again, and zeroes what was read before. */
  @Test
  void shouldFinishAHandshakeWithTheKeysOfAReload() {
    Credentials before = new Credentials.PreSharedKey(new Secret(new byte[] {1, 2, 3}));
    two.start(two.ofLeft().credentials(before), two.ofRight().credentials(before));
    assertThat(
            two.world.runUntil(
                () -> !two.left.isUp("right") && two.left.sent() == 2, Duration.ofSeconds(2)))
        .as("IKE_AUTH is under way")
        .isTrue();
    Credentials after = new Credentials.PreSharedKey(new Secret(new byte[] {1, 2, 3}));
    two.left.configure(two.ofLeft().credentials(after).build());
    two.right.configure(two.ofRight().credentials(after).build());
    before.destroy();

    two.reach();
    assertThat(TwoEngines.codes(two.left)).doesNotContain("reconfigured");
    assertThatThrownBy(((Credentials.PreSharedKey) before).secret()::bytes)
        .hasMessageContaining("destroyed");
  }

  @Test
  void shouldRestartChangedPeersOnly() {
    bothPeersUp();
    IkeView other = two.left.view("third");
    int spi = two.left.outbound("right");
    two.left.configure(
        two.ofLeft().lifetimes(Duration.ofHours(1), Duration.ofHours(1)).build(),
        toThird().build());
    assertThat(two.left.installed()).doesNotContainKey(spi);
    two.world.run(Duration.ofSeconds(2));

    assertThat(two.bothUp()).isTrue();
    assertThat(two.rightView().ikeSas()).isEqualTo(1);
    assertThat(two.left.view("third")).isEqualTo(other);
    assertThat(TwoEngines.codes(two.left)).contains("reconfigured");
    Invariants.settled(two.world);
  }

  @Test
  void shouldDeleteGonePeers() {
    bothPeersUp();
    two.left.configure(toThird().build());
    assertThat(two.left.installed()).hasSize(1);
    two.world.run(Duration.ofSeconds(2));

    assertThat(two.right.installed()).isEmpty();
    assertThat(two.rightView().reason().code()).isEqualTo("peer-deleted");
    assertThat(two.left.engine().view()).hasSize(1);
    assertThat(two.left.isUp("third")).isTrue();
  }

  @Test
  void shouldDeleteGonePeersAlsoWhenTheDeleteIsLostAtFirst() {
    bothPeersUp();
    two.world.network().cut(two.right.address());
    two.left.configure(toThird().build());
    two.world.run(Duration.ofSeconds(1));
    two.world.network().heal();
    two.world.run(Duration.ofSeconds(5));

    assertThat(two.right.installed()).isEmpty();
  }

  @Test
  void shouldStartOverOnReset() {
    two.up();
    int spi = two.left.outbound("right");
    two.left.reset("right");
    assertThat(two.left.installed()).doesNotContainKey(spi);
    assertThat(two.leftView().reason().code()).isEqualTo("reset-by-operator");
    two.world.run(TwoEngines.SECOND);

    assertThat(two.bothUp()).isTrue();
    Invariants.settled(two.world);
  }

  @Test
  void shouldSayGoodbyeOncePerIkeSa() {
    bothPeersUp();
    AtomicInteger deletes = new AtomicInteger();
    two.world
        .network()
        .eat(
            datagram -> {
              if (IkeHandshakeTest.is(datagram, ExchangeType.INFORMATIONAL, false)) {
                deletes.incrementAndGet();
              }
              return false;
            });
    two.left.shutdown();
    assertThat(deletes).hasValue(2);
    assertThat(two.left.installed()).isEmpty();
    two.world.run(TwoEngines.SECOND);

    assertThat(two.right.installed()).isEmpty();
    assertThat(third.installed()).isEmpty();
    assertThat(two.left.engine().nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldTakeCommandsForUnknownPeersCalmly() {
    two.up();
    two.left.rekey("nobody", true);
    two.left.reset("nobody");
    two.left.engine().aliveAt("nobody", two.world.now());

    assertThat(two.bothUp()).isTrue();
  }
}
