package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.IkeCodec;
import dev.twinspan.agent.ike.message.IkeFragment;
import dev.twinspan.agent.sim.SimNetwork.Datagram;
import dev.twinspan.agent.sim.SimNetwork.Weather;
import dev.twinspan.agent.sim.SimNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * RFC 7383 between two engines: a packet size so small that IKE_AUTH takes several fragments each
 * way.
 */
class IkeFragmentationTest {
  private static final int PACKET = 200;
  private static final int LARGEST_MESSAGE = PACKET - 20 - 8 - 4;

  private final TwoEngines two = new TwoEngines();
  private final List<Datagram> seen = new ArrayList<>();

  private void start(int left, int right) {
    two.start(two.ofLeft().fragmentSize(left), two.ofRight().fragmentSize(right));
  }

  private IkeFragment.Number seen(Datagram datagram) {
    seen.add(datagram);
    return IkeCodec.fragment(datagram.payload());
  }

  private boolean from(SimNode node, Datagram datagram) {
    return datagram.from().getAddress().equals(node.address());
  }

  private List<Datagram> fragments(SimNode from) {
    return seen.stream()
        .filter(d -> from(from, d) && IkeCodec.fragment(d.payload()) != null)
        .toList();
  }

  private void watch() {
    two.world.network().eat(datagram -> seen(datagram) == null && datagram.esp());
  }

  @Test
  void shouldCutRequestAndResponseToThePacketSize() {
    watch();
    start(PACKET, PACKET);
    two.reach();

    for (SimNode node : List.of(two.left, two.right)) {
      List<Datagram> fragments = fragments(node);
      assertThat(fragments).hasSizeGreaterThan(1);
      assertThat(fragments)
          .allSatisfy(f -> assertThat(f.payload()).hasSizeLessThanOrEqualTo(LARGEST_MESSAGE));
    }
    assertThat(two.leftView().retransmits()).isZero();
    assertThat(two.left.engine().drops()).isEmpty();
    assertThat(two.right.engine().drops()).isEmpty();
  }

  @Test
  void shouldSendWholeMessagesWhenOneSideCannotOrMustNot() {
    watch();
    start(PACKET, 0);
    two.reach();
    assertThat(fragments(two.left)).isEmpty();
    assertThat(fragments(two.right)).isEmpty();
  }

  @Test
  void shouldSendAllFragmentsAgainWhenOneIsLost() {
    for (SimNode sender : List.of(two.left, two.right)) {
      boolean[] lost = {false};
      two.world
          .network()
          .eat(
              datagram -> {
                IkeFragment.Number number = seen(datagram);
                boolean hit =
                    !lost[0] && number != null && number.number() == 2 && from(sender, datagram);
                lost[0] |= hit;
                return hit;
              });
      start(PACKET, PACKET);
      two.reach();
      assertThat(lost[0]).isTrue();
      assertThat(two.leftView().retransmits()).isEqualTo(1);
      int total = IkeCodec.fragment(fragments(sender).getFirst().payload()).total();
      assertThat(fragments(sender)).hasSize(2 * total);
      // What came the first time is not asked for again: the rest is a repetition.
      SimNode receiver = sender == two.left ? two.right : two.left;
      assertThat(receiver.drops("fragment-repeated")).isPositive();
      two.left.configure();
      two.world.run(Duration.ofMinutes(1));
      two.right.configure();
      two.world.network().heal();
      seen.clear();
    }
  }

  @Test
  void shouldNotMindOrderOrDuplicates() {
    for (int seed = 0; seed < 20; seed++) {
      TwoEngines pair = new TwoEngines(seed);
      pair.world.network().weather(new Weather(0, 0.5, 0, 1_000_000, 200_000_000));
      pair.start(pair.ofLeft().fragmentSize(150), pair.ofRight().fragmentSize(150));
      pair.world.check(pair.world.runUntil(pair::bothUp, Duration.ofSeconds(10)), () -> "not up");
    }
  }

  @Test
  void shouldGetThroughLossInBothDirections() {
    for (int seed = 0; seed < 20; seed++) {
      TwoEngines pair = new TwoEngines(seed);
      pair.world.network().weather(new Weather(0.2, 0.1, 0.1, 1_000_000, 50_000_000));
      pair.start(pair.ofLeft().fragmentSize(150), pair.ofRight().fragmentSize(150));
      pair.world.check(pair.world.runUntil(pair::bothUp, Duration.ofMinutes(5)), () -> "not up");
    }
  }

  /** Somebody on the way sends a fragment of his own in front of each one. */
  @Test
  void shouldNotBeDisturbedByForgedFragments() {
    two.world
        .network()
        .eat(
            datagram -> {
              if (seen(datagram) != null) {
                byte[] forged = datagram.payload().clone();
                forged[forged.length - 20] ^= 1;
                SimNode to = from(two.left, datagram) ? two.right : two.left;
                to.inject(datagram.to(), datagram.from(), forged);
              }
              return false;
            });
    start(PACKET, PACKET);
    two.reach();
    assertThat(two.left.drops("unauthenticated")).isEqualTo(fragments(two.right).size());
    assertThat(two.right.drops("unauthenticated")).isEqualTo(fragments(two.left).size());
    assertThat(two.leftView().retransmits()).isZero();
  }

  /** Section 2.6.1: the answer is repeated for fragment 1, once, and not for each of them. */
  @Test
  void shouldRepeatTheAnswerForTheFirstFragmentOnly() {
    watch();
    start(PACKET, PACKET);
    two.reach();
    List<Datagram> request = fragments(two.left);
    int answer = fragments(two.right).size();
    for (Datagram fragment : request) {
      long before = two.right.sent();
      two.right.inject(fragment.to(), fragment.from(), fragment.payload());
      IkeFragment.Number number = IkeCodec.fragment(fragment.payload());
      assertThat(two.right.sent() - before).isEqualTo(number.number() == 1 ? answer : 0);
    }
    assertThat(two.right.drops("fragment-repeated")).isEqualTo(request.size() - 1);
  }

  @Test
  void shouldGoOnWithFragmentsOnARekeyedIkeSa() {
    watch();
    start(PACKET, PACKET);
    two.reach();
    for (int round = 0; round < 2; round++) {
      two.left.rekey("right", true);
      two.world.run(Duration.ofSeconds(1));
      seen.clear();
      two.left.rekey("right", false);
      two.world.run(Duration.ofSeconds(1));
      assertThat(fragments(two.left)).isNotEmpty();
      assertThat(fragments(two.right)).isNotEmpty();
    }
    assertThat(two.leftView().rekeys()).isEqualTo(4);
    assertThat(two.leftView().retransmits()).isZero();
  }
}
