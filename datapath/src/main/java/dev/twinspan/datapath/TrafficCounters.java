package dev.twinspan.datapath;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What went one way through an SA, a tunnel or the whole datapath. Written by the one worker that
 * owns the direction; read by any thread, each value by itself exact but not all of one instant.
 */
public final class TrafficCounters {
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int PACKETS = 0;
  private static final int BYTES = 1;
  private static final int BATCHES = 2;
  private static final int LAST_NANOS = 3;
  private static final int LOST = 4;
  private static final int MARKED = 5;
  private static final int DROPS = 6;

  /** Less than this is no pause; whoever looks rarely after a second's pause is told of its end. */
  private static final long PAUSE = 500_000_000L;

  private final long[] slots = new long[DROPS + DropReason.count()];
  private final Runnable begins;

  /** When something was to pass last. */
  private long stirredAt;

  /** Of a sum; an array, for workers read their own counters. */
  private final TrafficCounters[] parts;

  public TrafficCounters() {
    this(() -> {});
  }

  /**
   * @param begins called by the owning worker at the first batch, and at the first after each pause
   */
  TrafficCounters(Runnable begins) {
    this(begins, List.of());
  }

  private TrafficCounters(Runnable begins, List<TrafficCounters> parts) {
    this.begins = begins;
    this.parts = parts.toArray(TrafficCounters[]::new);
  }

  /** What several workers counted, live: each goes on writing its own. To be read only. */
  public static TrafficCounters sum(List<TrafficCounters> parts) {
    return parts.size() == 1 ? parts.getFirst() : new TrafficCounters(() -> {}, parts);
  }

  /** Inner packets passed on, each segment of a super-packet counted. */
  public long packets() {
    return read(PACKETS);
  }

  /** Bytes of inner packets passed on, IP headers included, ESP not. */
  public long bytes() {
    return read(BYTES);
  }

  /** Native crypto calls: {@code packets / batches} tells how well the offloads do. */
  public long batches() {
    return read(BATCHES);
  }

  /** {@link System#nanoTime} of the last batch that passed something on; 0: never. */
  public long lastNanos() {
    return read(LAST_NANOS);
  }

  /**
   * Sequence numbers that never came, as far as can be told by now: one that is only late is taken
   * back when it comes. Counted inbound alone.
   */
  public long lost() {
    return read(LOST);
  }

  /**
   * Packets and super-packets that carry a congestion mark because we fell behind. Counted outbound
   * alone.
   */
  public long marked() {
    return read(MARKED);
  }

  public long drops(DropReason reason) {
    return read(DROPS + reason.ordinal());
  }

  /** The reasons that occurred, for status. */
  public Map<DropReason, Long> drops() {
    Map<DropReason, Long> seen = new EnumMap<>(DropReason.class);
    for (DropReason reason : DropReason.values()) {
      long n = drops(reason);
      if (n != 0) {
        seen.put(reason, n);
      }
    }
    return seen;
  }

  /** Owning worker only. */
  public void passed(long packets, long bytes, long nowNanos) {
    add(PACKETS, packets);
    add(BYTES, bytes);
    SLOT.setOpaque(slots, LAST_NANOS, nowNanos);
    stirred(nowNanos);
  }

  /** Something was to pass, and has or has not, which is counted. Owning worker only. */
  public void stirred(long nowNanos) {
    long before = stirredAt;
    stirredAt = nowNanos;
    if (before == 0 || nowNanos - before > PAUSE) {
      begins.run();
    }
  }

  /** Owning worker only. */
  public void batch() {
    add(BATCHES, 1);
  }

  /**
   * Owning worker only.
   *
   * @param more negative when some came late
   */
  public void lost(long more) {
    add(LOST, more);
  }

  /** Owning worker only. */
  public void mark() {
    add(MARKED, 1);
  }

  /** Owning worker only. */
  public void dropped(DropReason reason, long packets) {
    add(DROPS + reason.ordinal(), packets);
  }

  private long read(int slot) {
    long value = (long) SLOT.getOpaque(slots, slot);
    for (TrafficCounters part : parts) {
      long theirs = part.read(slot);
      value = slot != LAST_NANOS ? value + theirs : later(value, theirs);
    }
    return value;
  }

  /** {@link System#nanoTime} may be negative; 0 is never. */
  private static long later(long a, long b) {
    return a == 0 || b != 0 && b - a > 0 ? b : a;
  }

  /** Single writer: a plain read of our own last store, then an opaque store. */
  private void add(int slot, long n) {
    SLOT.setOpaque(slots, slot, slots[slot] + n);
  }
}
