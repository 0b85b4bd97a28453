package dev.twinspan.datapath.capture;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Captured packets on their way from one producer to one consumer. Of fixed size; the producer
 * never waits and never allocates: a packet without room is counted and gone.
 *
 * <pre>
 *  0 length of the record, padding included; 0: the rest of the ring is unused
 *  4 kind   5 outbound   6 outer TOS   7 outer protocol: 17, 50; 0: none
 *  8 nanoseconds (monotonic)
 * 16 tunnel, -1: none                  20 length of the packet
 * 24 length of what is kept of it      28 source port   30 destination port
 * 32 source address, 16 bytes          48 destination address
 * 64 the packet, padded to a multiple of 8
 * </pre>
 */
public final class CaptureRing {
  /** What was captured. */
  public enum Kind {
    /** An IKE message, from its header on; behind the non-ESP marker on port 4500. */
    IKE,
    /** An ESP packet, from its SPI on. */
    ESP,
    /** An IP packet as the tunnel carries it. */
    INNER
  }

  /** Where a packet went from and to; IPv4 as {@code ::ffff:a.b.c.d}. Mutable, reused. */
  public static final class Ends {
    public int protocol;
    public int tos;
    public long sourceHigh;
    public long sourceLow;
    public int sourcePort;
    public long destinationHigh;
    public long destinationLow;
    public int destinationPort;
  }

  private static final int HEADER = 64;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final Kind[] KINDS = Kind.values();

  private final byte[] bytes;
  private final MemorySegment ring;
  private final int mask;
  private final AtomicLongArray dropped = new AtomicLongArray(KINDS.length);

  /** Bytes ever written, and read, gaps at the ring's end included; each has one writer. */
  private volatile long written;

  private volatile long read;

  /**
   * @param size bytes, a power of two of 4 KB at least; a record takes half of it at most
   */
  public CaptureRing(int size) {
    if (Integer.bitCount(size) != 1 || size < 4096) {
      throw new IllegalArgumentException("a ring of " + size + " bytes");
    }
    bytes = new byte[size];
    ring = MemorySegment.ofArray(bytes);
    mask = size - 1;
  }

  // --- the producer -----------------------------------------------------------------------------

  /**
   * Copies a packet in, or counts it as dropped.
   *
   * @param snap bytes of it to keep
   * @param ends without meaning for {@link Kind#INNER}, whose addresses are in the packet
   */
  void offer(
      Kind kind,
      boolean outbound,
      long nanos,
      int tunnel,
      Ends ends,
      MemorySegment from,
      long at,
      int length,
      int snap) {
    int kept = Math.min(length, snap);
    int size = HEADER + (kept + 7 & ~7);
    long start = written;
    int offset = (int) start & mask;
    int toEnd = bytes.length - offset;
    long skipped = size > toEnd ? toEnd : 0;
    long used = start - read;
    if (size > bytes.length / 2 || used + skipped + size > bytes.length) {
      dropped.lazySet(kind.ordinal(), dropped.get(kind.ordinal()) + 1);
      return;
    }
    if (skipped > 0) {
      ring.set(INT, offset, 0);
      offset = 0;
    }
    ring.set(INT, offset, size);
    bytes[offset + 4] = (byte) kind.ordinal();
    bytes[offset + 5] = (byte) (outbound ? 1 : 0);
    bytes[offset + 6] = (byte) ends.tos;
    bytes[offset + 7] = (byte) ends.protocol;
    ring.set(LONG, offset + 8, nanos);
    ring.set(INT, offset + 16, tunnel);
    ring.set(INT, offset + 20, length);
    ring.set(INT, offset + 24, kept);
    ring.set(INT, offset + 28, ends.sourcePort << 16 | ends.destinationPort & 0xFFFF);
    ring.set(LONG, offset + 32, ends.sourceHigh);
    ring.set(LONG, offset + 40, ends.sourceLow);
    ring.set(LONG, offset + 48, ends.destinationHigh);
    ring.set(LONG, offset + 56, ends.destinationLow);
    MemorySegment.copy(from, at, ring, offset + HEADER, kept);
    written = start + skipped + size;
  }

  /** Packets of that kind that found no room. Any thread. */
  public long dropped(Kind kind) {
    return dropped.get(kind.ordinal());
  }

  // --- the consumer -----------------------------------------------------------------------------

  /** Whether there is a record; the accessors below then tell of the oldest. */
  public boolean hasNext() {
    long start = read;
    if (start == written) {
      return false;
    }
    int offset = (int) start & mask;
    if (ring.get(INT, offset) == 0) {
      read = start + bytes.length - offset;
    }
    return true;
  }

  private int at() {
    return (int) read & mask;
  }

  public Kind kind() {
    return KINDS[bytes[at() + 4]];
  }

  public boolean outbound() {
    return bytes[at() + 5] != 0;
  }

  public long nanos() {
    return ring.get(LONG, at() + 8);
  }

  public int tunnel() {
    return ring.get(INT, at() + 16);
  }

  /** Of the packet, before anything was cut off. */
  public int length() {
    return ring.get(INT, at() + 20);
  }

  public int kept() {
    return ring.get(INT, at() + 24);
  }

  /** Fills in where the packet went from and to. */
  public void ends(Ends ends) {
    int at = at();
    ends.tos = bytes[at + 6] & 0xFF;
    ends.protocol = bytes[at + 7] & 0xFF;
    int ports = ring.get(INT, at + 28);
    ends.sourcePort = ports >>> 16;
    ends.destinationPort = ports & 0xFFFF;
    ends.sourceHigh = ring.get(LONG, at + 32);
    ends.sourceLow = ring.get(LONG, at + 40);
    ends.destinationHigh = ring.get(LONG, at + 48);
    ends.destinationLow = ring.get(LONG, at + 56);
  }

  /** The kept bytes, valid until {@link #next}. */
  public ByteBuffer packet() {
    return ByteBuffer.wrap(bytes, at() + HEADER, kept()).slice();
  }

  /** Done with the oldest record. */
  public void next() {
    long start = read;
    read = start + ring.get(INT, (int) start & mask);
  }
}
