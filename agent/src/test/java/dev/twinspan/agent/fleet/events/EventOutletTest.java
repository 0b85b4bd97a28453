package dev.twinspan.agent.fleet.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.status.Event;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EventOutletTest {
  private final EventOutlet outlet = new EventOutlet();

  private void put(int number) {
    outlet.put(new Event(7, number, Instant.EPOCH, null, "code", "sentence", null));
  }

  @Test
  void shouldHandOverInOrderAndWake() {
    AtomicInteger woken = new AtomicInteger();
    outlet.wakes(woken::incrementAndGet);
    put(1);
    put(2);
    assertThat(woken).hasValue(2);
    EventOutlet.Batch batch = outlet.fetch();
    assertThat(batch.lost()).isZero();
    assertThat(batch.events()).extracting(Event::id).containsExactly("7-1", "7-2");
    assertThat(outlet.fetch().isEmpty()).isTrue();
  }

  @Test
  void shouldKeepTheLatestWhereNobodyFetches() {
    for (int number = 1; number <= EventOutlet.CAPACITY + 3; number++) {
      put(number);
    }
    EventOutlet.Batch batch = outlet.fetch();
    assertThat(batch.lost()).isEqualTo(3);
    assertThat(batch.events()).hasSize(EventOutlet.CAPACITY);
    assertThat(batch.events().getFirst().number()).isEqualTo(4);
  }
}
