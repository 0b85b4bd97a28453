package dev.twinspan.agent.fleet.events;

import dev.twinspan.agent.fleet.events.Outbox.Entry;
import dev.twinspan.agent.fleet.events.Outbox.Found;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Puts together what the ring's files hold, whatever state they are in: indexes only rise, and what
 * does not fit is passed over. Takes them in the order of their names.
 */
final class RingScan {
  private final List<Entry> entries = new ArrayList<>();
  private long left;
  private long next = 1;

  /**
   * @param first index of the first event that the file may hold, by its name
   * @return how many octets of it are whole records
   */
  int take(long first, byte[] content) {
    next = Math.max(next, first);
    ByteBuffer bytes = ByteBuffer.wrap(content);
    for (Optional<RingRecord> record = RingRecord.decode(bytes);
        record.isPresent();
        record = RingRecord.decode(bytes)) {
      take(record.get());
    }
    return bytes.position();
  }

  private void take(RingRecord record) {
    if (record.kind() == RingRecord.MARK) {
      left = Math.max(left, record.index());
      next = Math.max(next, left + 1);
    } else if (record.index() >= next) {
      entries.add(new Entry(record.index(), record.payload()));
      next = record.index() + 1;
    }
  }

  Found found() {
    return new Found(left, entries.stream().filter(e -> e.index() > left).toList(), next);
  }
}
