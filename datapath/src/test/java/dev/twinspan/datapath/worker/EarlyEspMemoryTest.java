package dev.twinspan.datapath.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.TrafficCounters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/**
 * What ESP that came before its SA costs: as much memory as it needs, and no more than its bound.
 */
class EarlyEspMemoryTest {
  private static final int BLOCK = HeldPackets.BLOCK;
  private static final long SECOND = 1_000_000_000L;

  private final EarlyEsp early = new EarlyEsp();
  private final MemorySegment packet = Arena.ofAuto().allocate(BLOCK + 1);

  private boolean hold(int spi, int length, long now) {
    packet.set(ValueLayout.JAVA_INT, 0, spi);
    return early.hold(spi, packet, 0, length, 1, 2, 4500, 3, now);
  }

  @Test
  void shouldTakeMemoryAsPacketsCome() {
    assertThat(early.bytes()).isZero();
    hold(1, 1400, 0);
    assertThat(early.bytes()).isEqualTo(BLOCK);
    for (int i = 0; i < 1_000; i++) {
      hold(1, 1400, 0);
    }
    assertThat(early.bytes()).isBetween(1_001 * 1400, 1_001 * 1400 + 2 * BLOCK);
  }

  @Test
  void shouldHoldAHundredMillisecondsOfAGigabitAndNotMuchMoreThanThat() {
    int held = 0;
    while (hold(1, 1400, 0)) {
      held++;
    }
    assertThat(held * 1400L).isBetween(12_000_000L, 12_582_912L);
    while (hold(2, 1400, 0)) {
      held++;
    }
    assertThat(early.bytes()).isEqualTo(16 << 20);
    assertThat(hold(3, 9, 0)).as("nobody gets more").isFalse();
  }

  @Test
  void shouldGiveBackAllButAMegabyteWhenNothingWaitsAnyMore() {
    while (hold(1, 1400, 0)) {
      assertThat(early.isEmpty()).isFalse();
    }
    TrafficCounters counters = new TrafficCounters();
    early.expire(EarlyEsp.PATIENCE + 1, counters);
    assertThat(early.isEmpty()).isTrue();
    assertThat(counters.drops(DropReason.EARLY_ESP)).isGreaterThan(8_000);
    assertThat(early.bytes()).isEqualTo(1 << 20);
    assertThat(hold(1, 1400, 3 * SECOND)).isTrue();
    assertThat(early.bytes()).isEqualTo(1 << 20);
  }

  @Test
  void shouldHoldWhatOneSpiSentInItsOrderWhateverOthersSend() {
    for (int i = 0; i < 600; i++) {
      assertThat(hold(i % 3, 500 + i, i)).isTrue();
    }
    MemorySegment to = Arena.ofAuto().allocate(BLOCK);
    for (int i = 0; i < 3; i++) {
      HeldPackets of = early.get(i);
      for (int n = i; n < 600; n += 3) {
        assertThat(of.length()).isEqualTo(500 + n);
        assertThat(of.since()).isEqualTo(n);
        assertThat(of.peerHigh()).isEqualTo(1);
        assertThat(of.peerLow()).isEqualTo(2);
        assertThat(of.peerPort()).isEqualTo(4500);
        assertThat(of.tos()).isEqualTo(3);
        early.take(of, to, 8);
        assertThat(to.get(ValueLayout.JAVA_INT, 8)).isEqualTo(of.spi());
      }
      assertThat(of.isEmpty()).isTrue();
    }
    early.tidy();
    assertThat(early.isEmpty()).isTrue();
  }

  @Test
  void shouldTakeNoMoreSpisThanItsBoundAndNoPacketLongerThanABlock() {
    for (int spi = 0; spi < EarlyEsp.SAS; spi++) {
      assertThat(hold(spi, 8, 0)).isTrue();
    }
    assertThat(hold(EarlyEsp.SAS, 8, 0)).isFalse();
    assertThat(hold(0, 8, 0)).isTrue();
    assertThat(hold(0, BLOCK, 0)).isFalse();
    assertThat(early.bytes()).isEqualTo(EarlyEsp.SAS * BLOCK);
  }
}
