package dev.twinspan.agent.control;

import dev.twinspan.agent.status.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The latest events, each also a log line. Owned by the control loop. */
class EventRing {
  private static final Logger LOG = LoggerFactory.getLogger("twinspan");

  /** What a terminal page shows and a person still reads. */
  private static final int CAPACITY = 200;

  private final ArrayDeque<Event> events = new ArrayDeque<>(CAPACITY);
  private final long session;
  private final Consumer<Event> outlet;
  private long number;

  /**
   * @param session number of the agent's start
   * @param outlet is handed each event; must not block
   */
  EventRing(long session, Consumer<Event> outlet) {
    this.session = session;
    this.outlet = outlet;
  }

  /** Of a loop that nobody else listens to. */
  EventRing() {
    this(1, _ -> {});
  }

  void add(@Nullable String tunnel, String code, String sentence, @Nullable Duration outage) {
    if (events.size() == CAPACITY) {
      events.removeFirst();
    }
    Event event = new Event(session, ++number, Instant.now(), tunnel, code, sentence, outage);
    events.addLast(event);
    LOG.info("{} {}: {} [{}]", tunnel == null ? "box" : tunnel, code, sentence, event.id());
    outlet.accept(event);
  }

  /** Oldest first. */
  List<Event> all() {
    return List.copyOf(events);
  }
}
