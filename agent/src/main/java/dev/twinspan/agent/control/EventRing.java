package dev.twinspan.agent.control;

import dev.twinspan.agent.status.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The latest events, each also a log line. Owned by the control loop. */
class EventRing {
  private static final Logger LOG = LoggerFactory.getLogger("twinspan");

  /** What a terminal page shows and a person still reads. */
  private static final int CAPACITY = 200;

  private final ArrayDeque<Event> events = new ArrayDeque<>(CAPACITY);

  void add(@Nullable String tunnel, String code, String sentence, @Nullable Duration outage) {
    if (events.size() == CAPACITY) {
      events.removeFirst();
    }
    events.addLast(new Event(Instant.now(), tunnel, code, sentence, outage));
    LOG.info("{} {}: {}", tunnel == null ? "box" : tunnel, code, sentence);
  }

  /** Oldest first. */
  List<Event> all() {
    return List.copyOf(events);
  }
}
