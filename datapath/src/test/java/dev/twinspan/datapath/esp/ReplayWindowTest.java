package dev.twinspan.datapath.esp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayWindowTest {
  /** The rule as RFC 4303 section 3.4.3 states it, with a set instead of a bit map. */
  private static final class Model {
    private final int size;
    private final Set<Long> seen = new HashSet<>();
    private long highest;

    Model(int size, long highest) {
      this.size = size;
      this.highest = highest;
      seen.add(highest);
    }

    int update(long sequence) {
      if (sequence == 0 || sequence <= highest - size) {
        return ReplayWindow.OLD;
      }
      if (!seen.add(sequence)) {
        return ReplayWindow.SEEN;
      }
      highest = Math.max(highest, sequence);
      return ReplayWindow.OK;
    }
  }

  @Property(tries = 300)
  void shouldDecideAsTheModelDoes(
      @ForAll @IntRange(min = 1, max = 80) int blocks,
      @ForAll @LongRange(max = 1L << 40) long start,
      @ForAll long seed) {
    int size = blocks * 64;
    ReplayWindow window = new ReplayWindow(size, true, start);
    Model model = new Model(size, start);
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      long reach = random.nextInt(20) == 0 ? 3L * size : size / 4 + 1;
      long back = random.nextInt(10) == 0 ? 2L * size : size / 8 + 1;
      long sequence = Math.max(0, model.highest - random.nextLong(back) + random.nextLong(reach));
      int checked = window.check(sequence);
      int updated = window.update(sequence);
      assertThat(updated).isEqualTo(checked).isEqualTo(model.update(sequence));
      assertThat(window.highest()).isEqualTo(model.highest);
    }
  }

  @Property(tries = 2000)
  void shouldInferTheNumberTheSenderMeant(
      @ForAll @LongRange(min = 1, max = 1L << 50) long highest,
      @ForAll @IntRange(min = -4095, max = Integer.MAX_VALUE - 5000) int distance) {
    long sent = highest + distance;
    if (sent <= 0) {
      return;
    }
    ReplayWindow window = new ReplayWindow(4096, true, highest);
    assertThat(window.infer((int) sent)).isEqualTo(sent);
  }

  @Test
  void shouldCrossTheBoundaryOf32BitsWithEsn() {
    long top = 0xFFFF_FFFFL;
    ReplayWindow window = new ReplayWindow(4096, true, top - 10);
    for (long sequence : List.of(top, top + 1, top - 3, top + 5000, top + 2000, top + 905)) {
      long inferred = window.infer((int) sequence);
      assertThat(inferred).isEqualTo(sequence);
      assertThat(window.update(inferred)).isEqualTo(ReplayWindow.OK);
      assertThat(window.update(inferred)).isEqualTo(ReplayWindow.SEEN);
    }
    assertThat(window.update(top + 904)).isEqualTo(ReplayWindow.OLD);
  }

  @Test
  void shouldNotFindANumberBeforeTheFirstSubspace() {
    ReplayWindow window = new ReplayWindow(4096, true, 5);
    assertThat(window.check(window.infer(-3))).isEqualTo(ReplayWindow.OLD);
  }

  @Test
  void shouldRefuseNumberZero() {
    assertThat(new ReplayWindow(64, false, 0).update(0)).isEqualTo(ReplayWindow.OLD);
  }

  @Test
  void shouldNotWrapWithoutEsn() {
    ReplayWindow window = new ReplayWindow(64, false, 0xFFFF_FFFFL);
    assertThat(window.infer(1)).isEqualTo(1);
    assertThat(window.check(1)).isEqualTo(ReplayWindow.OLD);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -64, 32, 100, 1 << 21})
  void shouldRefuseASizeItCannotHold(int size) {
    assertThatThrownBy(() -> new ReplayWindow(size, false, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("" + size);
  }

  @Test
  void shouldCountWhatNeverCame() {
    ReplayWindow window = new ReplayWindow(64, false, 0);
    window.update(1);
    window.update(2);
    window.update(5);
    assertThat(window.missing()).isEqualTo(2);
    window.update(4);
    assertThat(window.missing()).as("one was only late").isEqualTo(1);
    window.update(5);
    assertThat(window.missing()).as("a replay changes nothing").isEqualTo(1);
    window.update(1_000);
    assertThat(window.missing()).as("a leap beyond the window is no loss").isEqualTo(1);
  }
}
