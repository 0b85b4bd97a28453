package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A policy-based tunnel has an SA for each pair of selectors; each packet leaves by its own. */
class SelectorChoiceTest {
  /** Azure's limit of a gateway. */
  private static final int PAIRS = 200;

  private final TwoEnds ends =
      TwoEnds.of(EspBackends.choose("auto").backend(), EspTransform.AES_GCM_256);
  private final List<OutboundSa> sending = new ArrayList<>();
  private final List<InboundSa> receiving = new ArrayList<>();

  /** 10.1.N.0/24 to 10.2.N.0/24 for each N. */
  private void pairs(int count) {
    for (int n = 0; n < count; n++) {
      List<Selector> left = List.of(TwoEnds.selector("10.1." + n + ".0", "10.1." + n + ".255"));
      List<Selector> right = List.of(TwoEnds.selector("10.2." + n + ".0", "10.2." + n + ".255"));
      receiving.add(ends.rekey(ends.left, ends.right, 0, left, right, 0));
      sending.add(ends.sending());
    }
    publish();
  }

  private void publish() {
    TunnelPath old = ends.left.tunnels.getFirst();
    ends.left.tunnels.set(
        0,
        new TunnelPath(
            0,
            old.name(),
            old.local(),
            old.remote(),
            sending.getFirst(),
            sending.subList(1, sending.size()),
            1400,
            1350));
    ends.left.publish();
    ends.right.publish();
  }

  private static byte[] packet(int from, int to) {
    return Packets.udp("10.1." + from + ".9", "10.2." + to + ".9", 1, 2, Packets.bytes(50, from));
  }

  @AfterEach
  void close() {
    ends.close();
  }

  @Test
  void shouldSendEachPacketOnTheSaOfItsPair() {
    pairs(3);

    assertThat(ends.carry(packet(0, 0), packet(1, 1), packet(1, 1), packet(2, 2), packet(0, 0)))
        .hasSize(5);

    assertThat(sending.stream().map(OutboundSa::sequencesUsed)).containsExactly(2L, 2L, 1L);
    assertThat(sending.stream().map(sa -> sa.counters().packets())).containsExactly(2L, 2L, 1L);
    assertThat(receiving.stream().map(sa -> sa.counters().packets())).containsExactly(2L, 2L, 1L);
  }

  @Test
  void shouldKeepTheOrderOfPacketsOfOneFlow() {
    pairs(2);
    byte[][] packets = new byte[40][];
    for (int i = 0; i < packets.length; i++) {
      packets[i] =
          Packets.udp(
              "10.1." + i % 2 + ".9", "10.2." + i % 2 + ".9", 1, 2, Packets.bytes(20 + i, i));
    }

    List<byte[]> seen = ends.carry(packets);

    for (int n = 0; n < 2; n++) {
      int pair = n;
      assertThat(seen.stream().filter(p -> p[14] == pair).map(p -> p.length))
          .isSorted()
          .hasSize(20);
    }
  }

  @Test
  void shouldDropWhatIsInNoPair() {
    pairs(3);

    assertThat(ends.carry(packet(0, 1), packet(2, 1), packet(7, 7), packet(1, 1))).hasSize(1);

    assertThat(ends.left.out.drops(DropReason.OUTBOUND_POLICY)).isEqualTo(3);
  }

  @Test
  void shouldFindEachOfTwoHundredPairs() {
    pairs(PAIRS);
    for (int n = 0; n < PAIRS; n++) {
      assertThat(ends.carry(packet(n, n))).hasSize(1);
    }

    assertThat(sending.stream().map(OutboundSa::sequencesUsed)).containsOnly(1L).hasSize(PAIRS);
    assertThat(receiving.stream().map(sa -> sa.counters().packets())).containsOnly(1L);
  }

  @Test
  void shouldCloseThoseThatAreTakenOut() {
    pairs(3);
    OutboundSa gone = sending.remove(1);
    publish();

    assertThat(ends.carry(packet(0, 0), packet(1, 1), packet(2, 2))).hasSize(2);
    assertThat(gone.sequencesUsed()).isZero();
    assertThat(gone.life()).isEqualTo(SaLife.RETIRED);
  }
}
