package dev.twinspan.agent.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.TrafficSelector;
import dev.twinspan.agent.sim.Peers;
import dev.twinspan.agent.sim.World;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a peer may answer to one pair, and which pairs a CHILD SA carries. */
class PairSelectorsTest {
  private static final TrafficSelector LAN_1 = Peers.selector("10.1.1.0", "10.1.1.255");
  private static final TrafficSelector LAN_2 = Peers.selector("10.1.2.0", "10.1.2.255");
  private static final TrafficSelector NET = Peers.selector("10.2.0.0", "10.2.255.255");
  private static final TrafficSelector PART = Peers.selector("10.2.7.0", "10.2.7.255");
  private static final List<IkePeer.Pair> PAIRS =
      List.of(
          new IkePeer.Pair(LAN_1, NET),
          new IkePeer.Pair(LAN_2, NET),
          new IkePeer.Pair(LAN_1, PART));
  private static final IkePeer CONFIG =
      Peers.of("peer", World.address("192.0.2.1"), World.address("192.0.2.2")).pairs(PAIRS).build();

  private static BitSet bits(int... set) {
    BitSet bits = new BitSet();
    for (int bit : set) {
      bits.set(bit);
    }
    return bits;
  }

  @Test
  void shouldTakeThePairOrAPartOfIt() {
    assertThat(PairSelectors.agreed(CONFIG, PAIRS.get(0), List.of(LAN_1), List.of(NET)))
        .isEqualTo(new PairSelectors.Agreed(List.of(LAN_1), List.of(NET)));
    assertThat(PairSelectors.agreed(CONFIG, PAIRS.get(0), List.of(LAN_1), List.of(PART)))
        .isEqualTo(new PairSelectors.Agreed(List.of(LAN_1), List.of(PART)));
  }

  @Test
  void shouldTakeOfAnAnswerForEverythingNoMoreThanIsConfigured() {
    assertThat(PairSelectors.agreed(CONFIG, PAIRS.get(0), Peers.any(), Peers.any()))
        .isEqualTo(new PairSelectors.Agreed(List.of(LAN_1, LAN_2), List.of(NET)));
  }

  @Test
  void shouldNotTakeAnotherPair() {
    assertThat(PairSelectors.agreed(CONFIG, PAIRS.get(0), List.of(LAN_2), List.of(NET))).isNull();
    assertThat(PairSelectors.agreed(CONFIG, PAIRS.get(0), List.of(), List.of(NET))).isNull();
    assertThat(PairSelectors.agreed(CONFIG, PAIRS.get(2), List.of(LAN_2), Peers.any())).isNull();
  }

  @Test
  void shouldTellWhichPairsAChildSaCarries() {
    assertThat(PairSelectors.served(PAIRS, List.of(LAN_2), List.of(NET))).isEqualTo(bits(1));
    assertThat(PairSelectors.served(PAIRS, List.of(LAN_1), List.of(NET))).isEqualTo(bits(0, 2));
    assertThat(PairSelectors.served(PAIRS, List.of(LAN_1), List.of(PART)))
        .as("a pair of its own is no part of a wider one")
        .isEqualTo(bits(2));
    assertThat(PairSelectors.served(PAIRS, Peers.any(), Peers.any())).isEqualTo(bits(0, 1, 2));
    TrafficSelector half = Peers.selector("10.2.0.0", "10.2.0.255");
    assertThat(PairSelectors.served(PAIRS, List.of(LAN_2), List.of(half)))
        .as("narrowed by the peer")
        .isEqualTo(bits(1));
  }
}
