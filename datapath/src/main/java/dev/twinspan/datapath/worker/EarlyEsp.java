package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.TrafficCounters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * ESP packets that came before the SA they are of, kept until it is there: at most {@value
 * #PACKETS_PER_SA} packets and {@value #BYTES_PER_SA} bytes of one SPI, {@value #PACKETS} and
 * {@value #BYTES} of all, each for {@link #PATIENCE} at most. So long an answer takes that was lost
 * once and asked for again, and so much are 1,000 packets a second of 250 bytes until then.
 *
 * <p>Owned by the worker of WAN → LAN. Its memory is taken when the first such packet comes.
 */
final class EarlyEsp {
  static final int PACKETS_PER_SA = 1024;
  static final int BYTES_PER_SA = 256 << 10;
  static final int PACKETS = 4 * PACKETS_PER_SA;
  static final int BYTES = 4 * BYTES_PER_SA;

  /** Nanoseconds. */
  static final long PATIENCE = 1_000_000_000L;

  /** In place of a length: has gone its way. */
  private static final int TAKEN = -1;

  /**
   * One packet's place; the objects are used again.
   *
   * <p>Addresses as {@link Wan} tells them.
   */
  private static final class Held {
    int spi;
    int offset;
    int length;
    long peerHigh;
    long peerLow;
    int peerPort;
    int tos;
    long since;
  }

  private @Nullable MemorySegment memory;
  private Held[] held = {};
  private int size;
  private int bytes;

  boolean isEmpty() {
    return size == 0;
  }

  /** Packets {@code 0} to this, in the order they came; some may have been taken. */
  int size() {
    return size;
  }

  /**
   * Keeps a copy.
   *
   * @return false: there is no room
   */
  boolean hold(
      int spi,
      MemorySegment from,
      long at,
      int length,
      long peerHigh,
      long peerLow,
      int peerPort,
      int tos,
      long now) {
    if (size == PACKETS || bytes + length > BYTES || !hasRoom(spi, length)) {
      return false;
    }
    MemorySegment to = memory();
    MemorySegment.copy(from, at, to, bytes, length);
    Held one = held[size++];
    one.spi = spi;
    one.offset = bytes;
    one.length = length;
    one.peerHigh = peerHigh;
    one.peerLow = peerLow;
    one.peerPort = peerPort;
    one.tos = tos;
    one.since = now;
    bytes += length;
    return true;
  }

  private boolean hasRoom(int spi, int length) {
    int packets = 0;
    int of = length;
    for (int i = 0; i < size; i++) {
      if (held[i].spi == spi) {
        packets++;
        of += held[i].length;
      }
    }
    return packets < PACKETS_PER_SA && of <= BYTES_PER_SA;
  }

  private MemorySegment memory() {
    MemorySegment there = memory;
    if (there == null) {
      there = Arena.global().allocate(BYTES);
      memory = there;
      held = new Held[PACKETS];
      for (int i = 0; i < PACKETS; i++) {
        held[i] = new Held();
      }
    }
    return there;
  }

  /** Drops those that have waited for too long: the first ones. */
  void expire(long now, TrafficCounters counters) {
    int expired = 0;
    while (expired < size && now - held[expired].since > PATIENCE) {
      held[expired++].length = TAKEN;
    }
    if (expired > 0) {
      counters.dropped(DropReason.EARLY_ESP, expired);
      tidy();
    }
  }

  int spi(int i) {
    return held[i].spi;
  }

  long peerHigh(int i) {
    return held[i].peerHigh;
  }

  long peerLow(int i) {
    return held[i].peerLow;
  }

  int peerPort(int i) {
    return held[i].peerPort;
  }

  int tos(int i) {
    return held[i].tos;
  }

  /** Copies packet {@code i} out, to be forgotten with the next {@link #tidy}; its length. */
  int take(int i, MemorySegment to, long at) {
    Held one = held[i];
    int length = one.length;
    MemorySegment.copy(memory(), one.offset, to, at, length);
    one.length = TAKEN;
    return length;
  }

  /** Closes the gaps that those taken have left. */
  void tidy() {
    int kept = 0;
    int end = 0;
    for (int i = 0; i < size; i++) {
      Held one = held[i];
      if (one.length == TAKEN) {
        continue;
      }
      if (one.offset != end) {
        MemorySegment.copy(memory(), one.offset, memory(), end, one.length);
        one.offset = end;
      }
      end += one.length;
      held[i] = held[kept];
      held[kept++] = one;
    }
    size = kept;
    bytes = end;
  }
}
