package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.packet.Packets;
import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A worker tells at once, and once, that an SA has carried enough, and stops at the hard limit. */
class SaLimitsTest {
  /** 128 bytes with its headers. */
  private static final byte[] INNER =
      Packets.udp("10.0.0.1", "10.0.0.2", 1, 2, Packets.bytes(100, 1));

  private final TwoEnds ends =
      TwoEnds.of(EspBackends.choose("auto").backend(), EspTransform.AES_GCM_256);
  private final List<String> told = new ArrayList<>();

  private InboundSa limited(SaLimits sending, SaLimits receiving) {
    InboundSa in = ends.rekey(ends.left, ends.right, sending, receiving);
    ends.left.publish();
    ends.right.publish();
    return in;
  }

  private SaLimits limits(String who, long softBytes, long hardBytes, long softPackets) {
    return new SaLimits(softBytes, hardBytes, softPackets, () -> told.add(who));
  }

  private byte[][] packets(int count) {
    byte[][] packets = new byte[count][];
    Arrays.fill(packets, INNER);
    return packets;
  }

  @AfterEach
  void close() {
    ends.close();
  }

  @Test
  void shouldTellOnceWhenTheSendersSoftLimitOfBytesIsReached() {
    limited(limits("out", 300, SaLimits.NEVER, SaLimits.NEVER), SaLimits.NONE);

    assertThat(ends.carry(packets(2))).hasSize(2);
    assertThat(told).isEmpty();
    assertThat(ends.sending().softReached()).isFalse();

    assertThat(ends.carry(packets(4))).hasSize(4);
    assertThat(told).containsExactly("out");
    assertThat(ends.sending().softReached()).isTrue();
  }

  @Test
  void shouldTellOnceWhenTheReceiversSoftLimitOfBytesIsReached() {
    InboundSa in = limited(SaLimits.NONE, limits("in", 300, SaLimits.NEVER, SaLimits.NEVER));

    ends.carry(packets(6));
    ends.carry(packets(6));

    assertThat(told).containsExactly("in");
    assertThat(in.softReached()).isTrue();
  }

  @Test
  void shouldTellOnceWhenEnoughPacketsWentByEitherWay() {
    limited(
        limits("out", SaLimits.NEVER, SaLimits.NEVER, 5),
        limits("in", SaLimits.NEVER, SaLimits.NEVER, 7));

    ends.carry(packets(4));
    assertThat(told).isEmpty();
    ends.carry(packets(2));
    assertThat(told).containsExactly("out");
    ends.carry(packets(9));
    assertThat(told).containsExactly("out", "in");
  }

  @Test
  void shouldSendNoMoreAtTheHardLimitOfBytes() {
    limited(limits("out", 300, 5 * INNER.length, SaLimits.NEVER), SaLimits.NONE);

    assertThat(ends.carry(packets(8))).hasSize(5);

    assertThat(ends.left.out.drops(DropReason.BYTES_EXHAUSTED)).isEqualTo(3);
    assertThat(ends.sending().counters().drops(DropReason.BYTES_EXHAUSTED)).isEqualTo(3);
    assertThat(told).containsExactly("out");
  }
}
