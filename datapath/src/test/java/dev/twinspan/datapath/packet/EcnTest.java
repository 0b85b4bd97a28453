package dev.twinspan.datapath.packet;

import static dev.twinspan.datapath.packet.Ecn.CE;
import static dev.twinspan.datapath.packet.Ecn.DROP;
import static dev.twinspan.datapath.packet.Ecn.ECT_0;
import static dev.twinspan.datapath.packet.Ecn.ECT_1;
import static dev.twinspan.datapath.packet.Ecn.NOT_ECT;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EcnTest {
  /** RFC 6040 figure 4, as printed: arriving outer Not-ECT, ECT(0), ECT(1), CE. */
  private static final int[][] FIGURE_4 = {
    {NOT_ECT, NOT_ECT, NOT_ECT, NOT_ECT, DROP},
    {ECT_0, ECT_0, ECT_0, ECT_1, CE},
    {ECT_1, ECT_1, ECT_1, ECT_1, CE},
    {CE, CE, CE, CE, CE}
  };

  private static final int[] OUTER = {NOT_ECT, ECT_0, ECT_1, CE};

  @Test
  void shouldCombineAsInFigure4() {
    for (int[] row : FIGURE_4) {
      for (int i = 0; i < OUTER.length; i++) {
        assertThat(Ecn.decapsulate(row[0], OUTER[i]))
            .as("inner %d outer %d", row[0], OUTER[i])
            .isEqualTo(row[i + 1]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "fd00::1"})
  void shouldMarkInnerHeaderAndNothingElse(String address) {
    byte[] packet = Packets.withTos(Packets.udp(address, address, 1, 2, new byte[9]), 0xB9);
    var s = Packets.offHeap(packet);
    Ecn.set(s, 0, Packets.isIpv6(packet), CE);
    assertThat(Packets.onHeap(s, 0, packet.length)).isEqualTo(Packets.withTos(packet, 0xBB));
  }
}
