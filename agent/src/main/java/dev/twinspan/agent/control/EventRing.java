package dev.twinspan.agent.control;

import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.EventTotals;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** The latest events, each also a log line. Owned by the control loop. */
class EventRing {
  private static final Logger LOG = LoggerFactory.getLogger("twinspan");

  /** What a terminal page shows and a person still reads. */
  private static final int CAPACITY = 200;

  private final ArrayDeque<Event> events = new ArrayDeque<>(CAPACITY);
  private final long session;
  private final Consumer<Event> outlet;
  private EventTotals totals = EventTotals.NONE;
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
    totals = totals.with(event);
    tell(event);
    outlet.accept(event);
  }

  private static void tell(Event event) {
    LoggingEventBuilder line =
        LOG.atInfo().addKeyValue("event_id", event.id()).addKeyValue("code", event.code());
    String tunnel = event.tunnel();
    if (tunnel != null) {
      line = line.addKeyValue("tunnel", tunnel);
    }
    Duration outage = event.outage();
    if (outage != null) {
      line = line.addKeyValue("outage_ms", outage.toMillis());
    }
    line.log(
        "{} {}: {} [{}]",
        tunnel == null ? "box" : tunnel,
        event.code(),
        event.sentence(),
        event.id());
  }

  /** Oldest first. */
  List<Event> all() {
    return List.copyOf(events);
  }

  /** Of all since the start. */
  EventTotals totals() {
    return totals;
  }
}
