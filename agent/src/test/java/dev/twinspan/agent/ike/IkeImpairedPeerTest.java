package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.EngineProbe.Holdings;
import dev.twinspan.agent.ike.crypto.TestCrypto;
import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.rehearse.peer.ImpairedPeer;
import dev.twinspan.agent.rehearse.peer.Misdeed;
import dev.twinspan.agent.sim.Invariants;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.World;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A peer with the right key misbehaves in every way it knows, beside an established tunnel with
 * another. Counters change, and nothing else: the tunnel carries on, and what the engine holds goes
 * back to what it was.
 */
class IkeImpairedPeerTest {
  private static final String SECRET = "only the impaired one knows";
  private static final InetSocketAddress IMPAIRED =
      new InetSocketAddress(World.address("203.0.113.66"), 500);

  private final TwoEngines two = new TwoEngines();
  private final Deque<byte[]> inbox = new ArrayDeque<>();

  private final class Wire implements ImpairedPeer.Wire {
    @Override
    public void send(byte[] datagram) {
      InetSocketAddress here = new InetSocketAddress(two.left.address(), IMPAIRED.getPort());
      two.left.ask(
          (engine, now) -> {
            List<IkeAction> done = engine.receive(now, here, IMPAIRED, datagram);
            for (IkeAction action : done) {
              if (action instanceof IkeAction.Send send && send.remote().equals(IMPAIRED)) {
                inbox.add(send.message());
              }
            }
            return done;
          });
    }

    @Override
    public byte @Nullable [] receive() {
      return inbox.poll();
    }
  }

  @ParameterizedTest
  @EnumSource(Misdeed.class)
  void shouldCountItAndCarryOn(Misdeed misdeed) {
    IkePeer honest = two.ofLeft().build();
    two.left.configure(
        honest,
        Peers.of("impaired", two.left.address(), IMPAIRED.getAddress())
            .secret(SECRET)
            .role(IkePeer.Role.RESPOND_ONLY)
            .build());
    two.right.configure(two.ofRight().build());
    two.reach();
    two.world.every(Duration.ofMillis(100), two.left::sendEsp);
    two.world.every(Duration.ofMillis(100), two.right::sendEsp);
    two.world.run(Duration.ofSeconds(1));
    IkeView before = two.leftView();
    Map<String, Long> dropsBefore = Map.copyOf(two.left.engine().drops());
    ImpairedPeer peer =
        new ImpairedPeer(
            new Wire(),
            TestCrypto.seeded(9),
            IkeId.of(IMPAIRED.getAddress()),
            SECRET.getBytes(StandardCharsets.US_ASCII));

    peer.commit(misdeed);
    Holdings worst = EngineProbe.holdings(two.left.engine());
    two.world.run(Duration.ofSeconds(5));
    two.left.configure(honest); // whatever stands between us and the impaired one goes
    two.world.run(Duration.ofSeconds(40));

    assertThat(two.left.engine().drops()).as("counted").isNotEqualTo(dropsBefore);
    assertThat(two.left.drops("internal-fault")).isZero();
    assertThat(worst.halfOpen()).isLessThanOrEqualTo(Timing.HALF_OPEN_LIMIT_PER_ADDRESS);
    assertThat(worst.ikeSas()).isLessThan(20);
    assertThat(EngineProbe.holdings(two.left.engine())).isEqualTo(new Holdings(1, 0, 1));
    IkeView after = two.leftView();
    assertThat(after.state()).isEqualTo(IkeState.ESTABLISHED);
    assertThat(after.sinceNanos()).isEqualTo(before.sinceNanos());
    assertThat(after.initiatorSpi()).isEqualTo(before.initiatorSpi());
    assertThat(after.children()).isEqualTo(before.children());
    assertThat(two.left.espUnknown() + two.right.espUnknown()).isZero();
    Invariants.settled(two.world);
  }
}
