package dev.twinspan.agent.fleet.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.events.Outbox.Entry;
import dev.twinspan.agent.fleet.events.Outbox.Found;
import dev.twinspan.agent.fleet.events.Outbox.Limits;
import dev.twinspan.agent.fleet.events.Outbox.Sending;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private static final Limits ROOM = new Limits(1_000, 1 << 20);

  private static byte[] payload(long number) {
    return ("event " + number).getBytes(StandardCharsets.US_ASCII);
  }

  private static Outbox holding(Limits limits, int events) {
    Outbox outbox = new Outbox(limits, Found.NOTHING);
    for (int i = 1; i <= events; i++) {
      outbox.add(payload(i));
    }
    return outbox;
  }

  private static List<Long> indexes(List<Sending> sendings) {
    return sendings.stream().map(Sending::index).toList();
  }

  @Test
  void shouldSendNothingWithoutAConnectionAndAFewAtATimeWithOne() {
    Outbox outbox = holding(ROOM, 40);
    assertThat(outbox.due()).isEmpty();
    outbox.connected();
    List<Sending> first = outbox.due();
    assertThat(first).hasSize(Outbox.WINDOW);
    assertThat(indexes(first)).startsWith(1L, 2L, 3L);
    assertThat(outbox.due()).isEmpty();
    assertThat(outbox.acknowledged(1)).isTrue();
    assertThat(outbox.acknowledged(1)).as("twice").isFalse();
    assertThat(indexes(outbox.due())).containsExactly(1L + Outbox.WINDOW);
    assertThat(outbox.waiting()).isEqualTo(39);
  }

  @Test
  void shouldTellWhatHappenedBeforeTheConnectionAsHistorical() {
    Outbox outbox = holding(ROOM, 2);
    outbox.connected();
    outbox.add(payload(3));
    assertThat(outbox.due()).extracting(Sending::historical).containsExactly(true, true, false);
    outbox.lost();
    outbox.connected();
    assertThat(outbox.due())
        .as("unacknowledged, so told again")
        .extracting(Sending::historical)
        .containsExactly(true, true, true);
  }

  @Test
  void shouldLetTheOldestGoAndCountThem() {
    Outbox outbox = holding(new Limits(10, 1 << 20), 25);
    assertThat(outbox.waiting()).isEqualTo(10);
    assertThat(outbox.dropped()).isEqualTo(15);
    outbox.connected();
    List<Sending> due = outbox.due();
    assertThat(indexes(due)).containsExactly(16L, 17L, 18L, 19L, 20L);
    assertThat(due).extracting(Sending::dropped).containsExactly(15L, 0L, 0L, 0L, 0L);
  }

  /** What is under way will arrive: counting it as dropped would be wrong. */
  @Test
  void shouldKeepWhatIsUnderWayAndCountWhatGoesBehindIt() {
    Outbox outbox = holding(new Limits(10, 1 << 20), 10);
    outbox.connected();
    assertThat(outbox.due()).hasSize(5);
    outbox.add(payload(11));
    outbox.add(payload(12));
    for (long index = 1; index <= 5; index++) {
      assertThat(outbox.acknowledged(index)).isTrue();
    }
    List<Sending> due = outbox.due();
    assertThat(indexes(due)).containsExactly(8L, 9L, 10L, 11L, 12L);
    assertThat(due.getFirst().dropped()).isEqualTo(2);
  }

  @Test
  void shouldHoldNoMoreBytesThanItMay() {
    Outbox outbox = new Outbox(new Limits(1_000, 10_000), Found.NOTHING);
    for (int i = 0; i < 100; i++) {
      outbox.add(new byte[1_000]);
    }
    assertThat(outbox.waiting()).isEqualTo(9);
    outbox.add(new byte[60_000]);
    assertThat(outbox.waiting()).as("one has room, however long").isEqualTo(1);
  }

  @Test
  void shouldCountWhatWasNeverHandedOver() {
    Outbox outbox = holding(ROOM, 1);
    outbox.skip(3);
    Entry next = outbox.add(payload(2));
    assertThat(next.index()).isEqualTo(5);
    outbox.connected();
    assertThat(outbox.due()).extracting(Sending::dropped).containsExactly(0L, 3L);
    Outbox again = new Outbox(ROOM, outbox.state());
    again.connected();
    assertThat(again.due())
        .as("also over a restart")
        .extracting(Sending::dropped)
        .containsExactly(0L, 3L);
  }

  @Test
  void shouldBeginAnewWithABrokerThatRefused() {
    Outbox outbox = holding(ROOM, 3);
    outbox.connected();
    assertThat(outbox.due()).hasSize(3);
    outbox.rewind();
    assertThat(indexes(outbox.due())).containsExactly(1L, 2L, 3L);
  }

  /** A broker, a disk and a process that may end at any moment. */
  private static final class Story {
    private static final Limits LIMITS = new Limits(12, 900);

    private final Deque<Sending> unanswered = new ArrayDeque<>();
    private final TreeMap<Long, Sending> arrived = new TreeMap<>();
    private final TreeMap<Long, byte[]> disk = new TreeMap<>();
    private Outbox outbox = new Outbox(LIMITS, Found.NOTHING);
    private long mark;
    private long number;
    private long lastOfConnection;
    private long firstOfConnection;
    private boolean anyLost;

    void step(int what) {
      switch (what) {
        case 0, 1, 2, 3 -> add();
        case 4 -> connect();
        case 5 -> disconnect();
        case 6, 7 -> send();
        case 8, 9 -> acknowledge();
        case 10 -> restart();
        case 11 -> {
          outbox.skip(2);
          anyLost = true;
        }
        case 12 -> refuse();
        default -> throw new AssertionError(what);
      }
      assertThat(outbox.waiting()).isLessThanOrEqualTo(LIMITS.events());
      anyLost |= outbox.dropped() > 0;
    }

    private void add() {
      // Some longer than others, so that bytes are the limit now and then.
      Entry entry = outbox.add(new byte[(int) (10 + (++number % 7) * 10)]);
      disk.put(entry.index(), entry.payload());
      disk.headMap(outbox.gone(), true).clear();
    }

    private void connect() {
      disconnect();
      outbox.connected();
      lastOfConnection = 0;
      firstOfConnection = outbox.state().next();
    }

    private void disconnect() {
      outbox.lost();
      unanswered.clear();
    }

    private void send() {
      for (Sending sending : outbox.due()) {
        assertThat(sending.index()).as("order").isGreaterThan(lastOfConnection);
        lastOfConnection = sending.index();
        assertThat(sending.historical()).isEqualTo(sending.index() < firstOfConnection);
        unanswered.add(sending);
        arrived.put(sending.index(), sending);
      }
      assertThat(unanswered.size()).isLessThanOrEqualTo(Outbox.WINDOW);
    }

    private void acknowledge() {
      Sending first = unanswered.poll();
      if (first != null && outbox.acknowledged(first.index())) {
        mark = Math.max(mark, outbox.left());
        disk.headMap(Math.max(mark, outbox.gone()), true).clear();
      }
    }

    private void refuse() {
      unanswered.clear();
      outbox.rewind();
      lastOfConnection = 0;
    }

    private void restart() {
      disconnect();
      List<Entry> entries = new ArrayList<>();
      disk.tailMap(mark, false).forEach((index, bytes) -> entries.add(new Entry(index, bytes)));
      long next = Math.max(mark, entries.isEmpty() ? 0 : entries.getLast().index()) + 1;
      outbox = new Outbox(LIMITS, new Found(mark, entries, next));
    }

    /** All that is left arrives; then each event has arrived or was counted. */
    void end() {
      outbox.add(new byte[10]);
      anyLost |= outbox.dropped() > 0;
      connect();
      while (outbox.waiting() > 0) {
        send();
        acknowledge();
      }
      long last = 0;
      for (Sending sending : arrived.values()) {
        long missing = sending.index() - last - 1;
        assertThat(sending.dropped())
            .as("before %d", sending.index())
            .isGreaterThanOrEqualTo(missing);
        if (!anyLost) {
          assertThat(missing).isZero();
          assertThat(sending.dropped()).isZero();
        }
        last = sending.index();
      }
      assertThat(last).isEqualTo(outbox.state().next() - 1);
    }
  }

  @Property(tries = 3_000)
  void shouldLoseNothingUncountedWhateverHappens(
      @ForAll @Size(max = 120) List<@IntRange(max = 12) Integer> steps) {
    Story story = new Story();
    steps.forEach(story::step);
    story.end();
  }
}
