package dev.twinspan.agent.fleet;

import dev.twinspan.agent.fleet.events.EventJournal;
import dev.twinspan.agent.fleet.events.EventOutlet;
import dev.twinspan.agent.fleet.events.Outbox;
import dev.twinspan.agent.status.AgentStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From the control loop's outlet by the journal to the broker. Owned by the thread "fleet"; what it
 * tells of itself any thread may read.
 */
final class EventFeed {
  private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);

  /** Until a broker that refuses events is asked again. */
  private static final Duration REFUSED = Duration.ofMinutes(1);

  /**
   * @param waiting events that the broker has not acknowledged
   * @param dropped that had to go since the link was configured
   * @param refused why the broker takes none; null: it does
   */
  record View(long waiting, long dropped, @Nullable String refused) {}

  private final EventOutlet outlet;
  private final Path directory;
  private final Outbox.Limits limits;
  private @Nullable EventJournal journal;
  private boolean connected;
  private @Nullable String refused;
  private long refusedAt;
  private volatile View view = new View(0, 0, null);

  EventFeed(EventOutlet outlet, Path directory, Outbox.Limits limits) {
    this.outlet = outlet;
    this.directory = directory;
    this.limits = limits;
  }

  void open(long now) {
    journal = EventJournal.open(directory, limits, now);
    if (journal.outbox().waiting() > 0) {
      LOG.info("fleet: {} events of earlier are still to be told", journal.outbox().waiting());
    }
  }

  /** Takes in what has happened, and sends what is due. */
  void turn(long now, AgentStatus status, @Nullable FleetClient client) {
    EventJournal kept = journal();
    EventOutlet.Batch batch = outlet.fetch();
    if (!batch.isEmpty()) {
      List<byte[]> payloads =
          batch.events().stream().map(event -> Payloads.bytes(Payloads.event(event))).toList();
      kept.add(batch.lost(), payloads, now);
    }
    boolean resting = refused != null && now - refusedAt < REFUSED.toNanos();
    if (connected && client != null && !resting) {
      String topic = FleetTopic.EVENT.name(status);
      for (Outbox.Sending sending : kept.outbox().due()) {
        client.publish(topic, Payloads.event(sending), sending.index());
      }
    }
    view = new View(kept.outbox().waiting(), kept.outbox().dropped(), refused);
  }

  void connected() {
    connected = true;
    refused = null;
    journal().outbox().connected();
  }

  void lost() {
    connected = false;
    journal().outbox().lost();
  }

  /**
   * The broker has answered.
   *
   * @param refusal null: it has the event
   */
  void answered(long ticket, @Nullable String refusal, long now) {
    if (refusal == null) {
      refused = null;
      journal().acknowledged(ticket, now);
      return;
    }
    if (refused == null) {
      LOG.warn(
          "fleet: the broker refuses events: {}; they are kept, and tried again each minute",
          refusal);
    }
    refused = refusal;
    refusedAt = now;
    journal().outbox().rewind();
  }

  View view() {
    return view;
  }

  void close() {
    journal().close();
  }

  private EventJournal journal() {
    if (journal == null) {
      throw new IllegalStateException("not open");
    }
    return journal;
  }
}
