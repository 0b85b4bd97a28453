package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.fleet.command.Ack.Stage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ids that were seen, with their latest acks, so that nothing is done twice. None is forgotten
 * while the broker could deliver it again, and there are no more than {@link #MOST}: when all are
 * needed, new commands have to wait.
 */
final class CommandMemory {
  static final int MOST = 256;

  /** From a command's arrival no broker keeps it for longer. */
  static final Duration NEEDED = Duration.ofSeconds(Judge.MOST_EXPIRY_SECONDS);

  private record Known(Ack ack, long neededUntil) {}

  private final Journal journal;
  private final Map<String, Known> known = new LinkedHashMap<>();
  private boolean loaded;

  CommandMemory(Journal journal) {
    this.journal = journal;
  }

  /**
   * Reads what the last life of the agent has left. What is kept counts as if it had come now,
   * since clocks that go on over a restart may be wrong.
   *
   * @return final words on what was under way then; empty from the second call on
   * @throws IOException when it cannot be read; nothing may be carried out then
   */
  List<Ack> load(long now) throws IOException {
    if (loaded) {
      return List.of();
    }
    List<Ack> ended = new ArrayList<>();
    List<Journal.Entry> entries = journal.read();
    for (Journal.Entry entry :
        entries.subList(Math.max(0, entries.size() - MOST), entries.size())) {
      Ack last = entry.ack();
      if (!last.stage().isFinal()) {
        last = end(last, !entry.boot().equals(journal.boot()));
        ended.add(last);
      }
      known.put(last.id(), new Known(last, now + NEEDED.toNanos()));
    }
    loaded = true;
    return ended;
  }

  private static Ack end(Ack last, boolean startedAnew) {
    return last.verb().equals(Verb.REBOOT.word()) && startedAnew
        ? Ack.done(last.id(), last.verb(), "the box was started anew", null)
        : Ack.not(
            last.id(),
            last.verb(),
            Stage.FAILED,
            "interrupted",
            "the agent ended while this was under way; it is not done again: see the box's state");
  }

  @Nullable Ack find(String id) {
    Known found = known.get(id);
    return found == null ? null : found.ack();
  }

  /** Whether one more can be kept; forgets what is not needed any more to make room. */
  boolean hasRoom(long now) {
    Iterator<Map.Entry<String, Known>> eldest = known.entrySet().iterator();
    while (known.size() >= MOST && eldest.hasNext()) {
      Map.Entry<String, Known> next = eldest.next();
      Known of = next.getValue();
      if (of.ack().stage().isFinal() && now - of.neededUntil() >= 0) {
        journal.forget(next.getKey());
        eldest.remove();
      }
    }
    return known.size() < MOST;
  }

  /**
   * For good; returns when it is on the disk.
   *
   * @throws IOException when it is not; then it is not known here either
   */
  void keep(long now, Ack ack) throws IOException {
    journal.keep(ack);
    note(now, ack);
  }

  /** Until the agent ends. */
  void note(long now, Ack ack) {
    Known before = known.get(ack.id());
    known.put(
        ack.id(), new Known(ack, before == null ? now + NEEDED.toNanos() : before.neededUntil()));
  }
}
