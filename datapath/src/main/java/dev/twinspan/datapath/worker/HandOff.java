package dev.twinspan.datapath.worker;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Packets on their way from the loop that read them to the loop that owns their tunnel. Of fixed
 * size, in order, nothing is allocated per packet; each packet lies in one piece, and may be worked
 * on where it lies until {@link #release}.
 *
 * <pre>
 *   0        4     8        12    16         24        32     36       40
 *   │ record │ key │ length │ tos │ peerHigh │ peerLow │ port │ unused │ the packet, to a multiple of 8 │
 *
 *   record: its length, 0: the rest of the ring is unused;  key: tunnel id, or SPI
 * </pre>
 *
 * One producing loop, one consuming loop; {@code written} and {@code read} have one writer each.
 */
final class HandOff {
  static final int SIZE = 1 << 20;

  /** The longest record. */
  private static final int LARGEST = 66 << 10;

  private static final int MASK = SIZE - 1;
  private static final int HEADER = 40;
  private static final Runnable NOBODY = () -> {};

  /** Taken with the first packet: where steering does its work there is none. */
  private @Nullable MemorySegment memory;

  /** Bytes ever written, and given back, gaps at the ring's end included. */
  private volatile long written;

  private volatile long read;

  /** The producer stopped for want of room. */
  private volatile boolean waiting;

  private Runnable wakeConsumer = NOBODY;
  private Runnable wakeProducer = NOBODY;

  /** Consumer only: how far it has looked, and the record it looked at last. */
  private long seen;

  private int at;

  /** Before any loop runs. */
  void wakes(Runnable consumer, Runnable producer) {
    wakeConsumer = consumer;
    wakeProducer = producer;
  }

  // --- producer ---------------------------------------------------------------------------------

  /**
   * Copies a packet in and wakes the consumer.
   *
   * @return false: there is no room
   */
  boolean offer(int key, MemorySegment from, long offset, int length) {
    return offer(key, from, offset, length, 0, 0, 0, 0);
  }

  /** As the other, with the outer header of a received packet. */
  boolean offer(
      int key,
      MemorySegment from,
      long offset,
      int length,
      int tos,
      long peerHigh,
      long peerLow,
      int peerPort) {
    if (!hasRoom(length)) {
      return false;
    }
    int size = size(length);
    int gap = gap(size);
    long begin = written;
    int position = (int) begin & MASK;
    MemorySegment to = memory();
    if (gap > 0) {
      to.set(ValueLayout.JAVA_INT, position, 0);
      position = 0;
    }
    to.set(ValueLayout.JAVA_INT, position, size);
    to.set(ValueLayout.JAVA_INT, position + 4, key);
    to.set(ValueLayout.JAVA_INT, position + 8, length);
    to.set(ValueLayout.JAVA_INT, position + 12, tos);
    to.set(ValueLayout.JAVA_LONG, position + 16, peerHigh);
    to.set(ValueLayout.JAVA_LONG, position + 24, peerLow);
    to.set(ValueLayout.JAVA_INT, position + 32, peerPort);
    MemorySegment.copy(from, offset, to, position + HEADER, length);
    written = begin + gap + size;
    wakeConsumer.run();
    return true;
  }

  /** Whether a packet of that length would be taken. */
  boolean hasRoom(int length) {
    int size = size(length);
    return written + gap(size) + size - read <= SIZE;
  }

  /** Whether so many packets would be taken. */
  boolean hasRoom(int packets, int bytes) {
    // Each with its header and padding, and once a gap at the end.
    return SIZE - (written - read) >= (long) packets * (HEADER + 8) + bytes + LARGEST;
  }

  private static int size(int length) {
    return HEADER + (length + 7 & ~7);
  }

  /** What is left unused at the ring's end because the record would not lie in one piece. */
  private int gap(int size) {
    int left = SIZE - ((int) written & MASK);
    return left < size ? left : 0;
  }

  private MemorySegment memory() {
    MemorySegment m = memory;
    if (m == null) {
      m = Arena.ofAuto().allocate(SIZE, 64);
      memory = m;
    }
    return m;
  }

  /**
   * After a refused offer: the producer is woken at the next {@link #release}. To be offered again
   * at once, for room may have come in between.
   */
  void wake() {
    waiting = true;
  }

  // --- consumer ---------------------------------------------------------------------------------

  /** Goes on to the next packet, if there is one. */
  boolean next() {
    MemorySegment m;
    if (seen == written || (m = memory) == null) {
      return false;
    }
    at = (int) seen & MASK;
    int size = m.get(ValueLayout.JAVA_INT, at);
    if (size == 0) {
      seen += SIZE - at;
      at = 0;
      size = m.get(ValueLayout.JAVA_INT, 0);
    }
    seen += size;
    return true;
  }

  int key() {
    return packets().get(ValueLayout.JAVA_INT, at + 4);
  }

  int length() {
    return packets().get(ValueLayout.JAVA_INT, at + 8);
  }

  int tos() {
    return packets().get(ValueLayout.JAVA_INT, at + 12);
  }

  long peerHigh() {
    return packets().get(ValueLayout.JAVA_LONG, at + 16);
  }

  long peerLow() {
    return packets().get(ValueLayout.JAVA_LONG, at + 24);
  }

  int peerPort() {
    return packets().get(ValueLayout.JAVA_INT, at + 32);
  }

  /** Where the packet lies. */
  MemorySegment packets() {
    MemorySegment m = memory;
    if (m == null) {
      throw new IllegalStateException("no packet was handed over yet");
    }
    return m;
  }

  /** Of the packet in {@link #packets}. */
  long position() {
    return at + HEADER;
  }

  /** Gives the room of all packets looked at back. */
  void release() {
    if (read != seen) {
      read = seen;
      if (waiting) {
        waiting = false;
        wakeProducer.run();
      }
    }
  }
}
