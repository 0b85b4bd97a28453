package dev.twinspan.agent.fleet.events;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Events that the broker has not acknowledged yet: which to send next, and which have to go when
 * there are too many. No I/O. Each has an index, counted up over all sessions; a gap between two is
 * a number of events that were dropped.
 *
 * <pre>
 *              add                      due (window)                acknowledged
 *   (new) ───────────► waiting ───────────────────────► flying ───────────────────► (left)
 *                        │ ▲                              │
 *       too many: oldest │ └──────── lost, refused ───────┘
 *                        ▼
 *                    (dropped, counted in the one behind it)
 * </pre>
 *
 * For one thread at a time.
 */
public final class Outbox {
  /** Few enough for every broker's Receive Maximum (mosquitto: 20). */
  static final int WINDOW = 16;

  /** Of an event's record, and of the mark that its leaving may cost. */
  private static final int OVERHEAD = 2 * RingRecord.HEADER;

  /**
   * How much it holds.
   *
   * @param events at least 2
   * @param bytes on disk; all files together may take a third more
   */
  public record Limits(int events, long bytes) {
    public static final Limits DEFAULT = new Limits(10_000, 3 << 20);

    public Limits {
      if (events < 2) {
        throw new IllegalArgumentException(events + " events: expected 2 at least");
      }
    }
  }

  /**
   * An event as it is kept.
   *
   * @param payload changed by nobody
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Entry(long index, byte[] payload) {}

  /**
   * What was found on disk.
   *
   * @param left all up to this index need not be sent again
   * @param entries rising
   * @param next index of the next event
   */
  public record Found(long left, List<Entry> entries, long next) {
    public static final Found NOTHING = new Found(0, List.of(), 1);

    public Found {
      entries = List.copyOf(entries);
    }
  }

  /**
   * An event that is to be sent now.
   *
   * @param historical happened before this connection was made
   * @param dropped how many before it had to go
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Sending(long index, byte[] payload, boolean historical, long dropped) {}

  private record Kept(byte[] payload, long dropped) {
    Kept afterDropping(long more) {
      return new Kept(payload, dropped + more);
    }

    long size() {
      return payload.length + (long) OVERHEAD;
    }
  }

  private final Limits limits;
  private final int window;
  private final TreeMap<Long, Kept> kept = new TreeMap<>();
  private final TreeSet<Long> flying = new TreeSet<>();
  private long next;
  private long bytes;

  /** Between the last event and the next. */
  private long gap;

  private long droppedHere;
  private boolean connected;
  private long cursor;
  private long firstOfConnection;

  public Outbox(Limits limits, Found found) {
    this.limits = limits;
    this.window = Math.min(WINDOW, limits.events() / 2);
    long last = found.left();
    for (Entry entry : found.entries()) {
      keep(entry.index(), new Kept(entry.payload(), entry.index() - last - 1));
      last = entry.index();
    }
    gap = found.next() - last - 1;
    next = found.next();
    trim();
  }

  /** Takes an event in, whatever has to go for it. */
  public Entry add(byte[] payload) {
    long index = next++;
    keep(index, new Kept(payload, gap));
    gap = 0;
    trim();
    return new Entry(index, payload);
  }

  /** So many could not even be handed over. */
  public void skip(long events) {
    next += events;
    gap += events;
    droppedHere += events;
  }

  /** From now on there is a broker to send to. */
  public void connected() {
    connected = true;
    firstOfConnection = next;
    rewind();
  }

  /** No more; what was under way goes again. */
  public void lost() {
    connected = false;
    rewind();
  }

  /** The broker takes none now: all that is not acknowledged is sent from the first again. */
  public void rewind() {
    flying.clear();
    cursor = 0;
  }

  /** What is to be sent now, in this order. */
  public List<Sending> due() {
    List<Sending> due = new ArrayList<>();
    while (connected && flying.size() < window) {
      Map.Entry<Long, Kept> entry = kept.ceilingEntry(cursor);
      if (entry == null) {
        break;
      }
      long index = entry.getKey();
      flying.add(index);
      cursor = index + 1;
      due.add(
          new Sending(
              index,
              entry.getValue().payload(),
              index < firstOfConnection,
              entry.getValue().dropped()));
    }
    return due;
  }

  /** The broker has it. Whether it was waited for. */
  public boolean acknowledged(long index) {
    flying.remove(index);
    Kept gone = kept.remove(index);
    if (gone == null) {
      return false;
    }
    bytes -= gone.size();
    return true;
  }

  /**
   * All up to this index have arrived, or were told as dropped with one that has: nothing of them
   * is needed any more.
   */
  public long left() {
    Map.Entry<Long, Kept> first = kept.firstEntry();
    return first == null ? next - 1 - gap : first.getKey() - 1 - first.getValue().dropped();
  }

  /** All up to this index need no room any more. */
  public long gone() {
    return kept.isEmpty() ? next - 1 : kept.firstKey() - 1;
  }

  private List<Entry> entries() {
    return kept.entrySet().stream()
        .map(entry -> new Entry(entry.getKey(), entry.getValue().payload()))
        .toList();
  }

  public int waiting() {
    return kept.size();
  }

  /** How many had to go since this object was made. */
  public long dropped() {
    return droppedHere;
  }

  /** What a process that finds this on disk goes on from. */
  public Found state() {
    return new Found(left(), entries(), next);
  }

  private void keep(long index, Kept entry) {
    kept.put(index, entry);
    bytes += entry.size();
  }

  private void trim() {
    while (kept.size() > limits.events() || (bytes > limits.bytes() && kept.size() > 1)) {
      drop(oldest());
    }
  }

  /** That is not under way: what is will most likely arrive. */
  private long oldest() {
    return Optional.ofNullable(kept.ceilingKey(cursor))
        .filter(index -> index < kept.lastKey())
        .orElseGet(kept::firstKey);
  }

  private void drop(long index) {
    Kept gone = Objects.requireNonNull(kept.remove(index));
    flying.remove(index);
    bytes -= gone.size();
    droppedHere++;
    long count = gone.dropped() + 1;
    Long behind = kept.higherKey(index);
    if (behind == null) {
      gap += count;
    } else {
      kept.computeIfPresent(behind, (_, entry) -> entry.afterDropping(count));
    }
  }
}
