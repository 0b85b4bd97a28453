package dev.twinspan.datapath.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** A soak that finds nothing must be able to find something. */
class SoakChecksTest {
  private static final int LENGTH = 43;
  private final MemorySegment memory = Arena.ofAuto().allocate(2048, 8);

  @Test
  void shouldNoticeEveryChangedBitAndEveryOtherPlace() {
    Pattern.fill(memory, 3, LENGTH, 5, 77);
    assertThat(Pattern.holds(memory, 3, LENGTH, 5, 77)).isTrue();
    assertThat(Pattern.holds(memory, 3, LENGTH, 5, 78)).isFalse();
    assertThat(Pattern.holds(memory, 3, LENGTH, 6, 77)).isFalse();
    for (int bit = 0; bit < LENGTH * 8; bit++) {
      flip(3, bit);
      assertThat(Pattern.holds(memory, 3, LENGTH, 5, 77)).as("bit %d", bit).isFalse();
      flip(3, bit);
    }
  }

  private void flip(long at, int bit) {
    byte b = memory.get(ValueLayout.JAVA_BYTE, at + bit / 8);
    memory.set(ValueLayout.JAVA_BYTE, at + bit / 8, (byte) (b ^ 1 << bit % 8));
  }

  @Test
  void shouldTakeEachNumberOnceInAnyOrder() {
    ExactlyOnce once = new ExactlyOnce(64);
    for (int i = 0; i < 100_000; i++) {
      assertThat(once.arrive(64 + (i ^ 1))).isTrue();
    }
    assertThat(once.arrived()).isEqualTo(100_000);
    assertThat(once.arrive(64 + 99_999)).as("twice").isFalse();
    assertThat(once.arrive(63)).as("before the first").isFalse();
    assertThat(once.arrive(1 << 20)).as("far beyond").isFalse();
    assertThat(once.unwrap((64 + 100_001) & 0xFFF, 0xFFF)).isEqualTo(64 + 100_001);
  }

  @Test
  void shouldTellWhatIsWrongWithAPacket() {
    for (boolean tcp : new boolean[] {false, true}) {
      SoakFlow flow = new SoakFlow(0, tcp, 9);
      int length = flow.write(memory, 0, 1, SoakFlow.SEGMENT, SoakFlow.SEGMENT);
      int header = flow.headerLength();
      int sequence = memory.get(ValueLayout.JAVA_INT_UNALIGNED, 24);
      sequence = tcp ? Integer.reverseBytes(sequence) : 0;

      assertThat(flow.headersHold(memory, 0, length)).isTrue();
      flip(0, 8 * 13);
      assertThat(flow.headersHold(memory, 0, length)).isFalse();
      flip(header, 8 * 100);
      assertThat(flow.take(memory, header, SoakFlow.SEGMENT, sequence))
          .isEqualTo("a payload that was not sent");
      flip(header, 8 * 100);
      assertThat(flow.take(memory, header, SoakFlow.SEGMENT, sequence)).isNull();
      assertThat(flow.take(memory, header, SoakFlow.SEGMENT, sequence))
          .startsWith("a packet twice");
      assertThat(flow.sent()).isEqualTo(1);
      assertThat(flow.arrived()).isEqualTo(1);
    }
  }
}
