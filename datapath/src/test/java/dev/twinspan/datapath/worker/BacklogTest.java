package dev.twinspan.datapath.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private static final long MILLISECOND = 1_000_000;

  private final Backlog backlog = new Backlog();
  private long now = -5 * MILLISECOND; // System.nanoTime may be negative

  /** A packet each millisecond, and the queue never empty: the milliseconds that marked one. */
  private List<Integer> marked(int milliseconds) {
    List<Integer> at = new ArrayList<>();
    for (int i = 0; i < milliseconds; i++, now += MILLISECOND) {
      backlog.turn(now);
      if (backlog.marks(now)) {
        at.add(i);
      }
    }
    return at;
  }

  @Test
  void shouldMarkMoreAndMoreOftenWhileTheQueueStands() {
    // 100, and then 100/√1, 100/√2, 100/√3 … later
    assertThat(marked(500)).containsExactly(100, 200, 271, 329, 379, 424, 464);
  }

  @Test
  void shouldLetABurstPass() {
    assertThat(marked(99)).isEmpty();
    backlog.empty();
    assertThat(marked(99)).isEmpty();
  }

  @Test
  void shouldNotTakeRestForABacklog() {
    assertThat(marked(1)).isEmpty();
    backlog.empty();
    now += 10_000 * MILLISECOND;
    assertThat(marked(50)).isEmpty();
  }

  @Test
  void shouldGoOnFromWhereItWasWhenTheQueueIsBackAtOnce() {
    assertThat(marked(500)).hasSize(7);
    backlog.empty();
    // Seven more than at first, so 100/√6 apart: the first of them began the last time.
    assertThat(marked(160)).containsExactly(100, 141);
  }

  @Test
  void shouldBeginAnewAfterAWhile() {
    assertThat(marked(500)).hasSize(7);
    backlog.empty();
    now += 2000 * MILLISECOND;
    assertThat(marked(201)).containsExactly(100, 200);
  }
}
