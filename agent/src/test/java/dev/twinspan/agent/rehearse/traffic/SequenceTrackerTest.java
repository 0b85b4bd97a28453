package dev.twinspan.agent.rehearse.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SequenceTrackerTest {
  @Test
  void shouldCountLossDuplicatesAndReordering() {
    SequenceTracker tracker = new SequenceTracker(0);
    for (long sequence : new long[] {0, 1, 4, 3, 3, 4, 5}) {
      tracker.arrived(sequence, 0);
    }
    assertThat(tracker.received()).isEqualTo(5);
    assertThat(tracker.duplicates()).isEqualTo(2);
    assertThat(tracker.reordered()).isEqualTo(1);
    assertThat(tracker.lost()).isEqualTo(1);
  }

  @Test
  void shouldMeasureTheLongestGapSinceTheMark() {
    SequenceTracker tracker = new SequenceTracker(100);
    tracker.arrived(0, 400);
    tracker.arrived(1, 500);
    assertThat(tracker.longestGapNanos(550)).isEqualTo(300);
    tracker.mark();
    assertThat(tracker.longestGapNanos(520)).isEqualTo(20);
    tracker.arrived(2, 700);
    assertThat(tracker.longestGapNanos(710)).isEqualTo(200);
    assertThat(tracker.longestGapNanos(990)).isEqualTo(290);
  }

  @Test
  void shouldForgetWhatIsFarBehind() {
    SequenceTracker tracker = new SequenceTracker(0);
    tracker.arrived(0, 0);
    tracker.arrived(3L * SequenceTracker.WINDOW, 0);
    tracker.arrived(1, 0);
    assertThat(tracker.received()).isEqualTo(2);
    assertThat(tracker.duplicates()).isEqualTo(1);
    tracker.arrived(3L * SequenceTracker.WINDOW - 1, 0);
    assertThat(tracker.received()).isEqualTo(3);
  }

  @Property(tries = 200)
  void shouldCountEachPacketOnceInWhateverOrder(
      @ForAll @IntRange(min = 1, max = 2000) int count, @ForAll long seed) {
    List<Long> sequences = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      sequences.add(i);
      sequences.add(i);
    }
    Collections.shuffle(sequences, new Random(seed));
    SequenceTracker tracker = new SequenceTracker(0);
    sequences.forEach(sequence -> tracker.arrived(sequence, 0));
    assertThat(tracker.received()).isEqualTo(count);
    assertThat(tracker.duplicates()).isEqualTo(count);
  }
}
