package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.TrafficCounters;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ESP packets that came before the SA they are of, kept until it is there: 12 MB and {@value
 * #PACKETS_PER_SA} packets of one SPI, 16 MB and {@value #SAS} SPIs of all, each packet for {@link
 * #PATIENCE} at most. That is what comes with 1 Gbit/s in 100 ms, a long round trip: after so long
 * an answer is there that was lost and asked for again when the first packet showed it.
 *
 * <p>Owned by the worker of WAN → LAN. Memory is taken by the block as packets come, and but for
 * {@value #BLOCKS_KEPT} blocks given back when none waits any more.
 */
final class EarlyEsp {
  static final int PACKETS_PER_SA = 1 << 15;
  static final int SAS = 64;
  private static final int BLOCKS_PER_SA = (12 << 20) / HeldPackets.BLOCK;
  private static final int BLOCKS = (16 << 20) / HeldPackets.BLOCK;
  private static final int BLOCKS_KEPT = 4;

  /** Nanoseconds; an answer lost twice and asked for in the usual time takes 1.5 s. */
  static final long PATIENCE = 2_000_000_000L;

  private final List<HeldPackets> held = new ArrayList<>();
  private final Deque<HeldPackets.Block> free = new ArrayDeque<>();
  private int blocks;

  boolean isEmpty() {
    return held.isEmpty();
  }

  /** How many SPIs have packets here. */
  int size() {
    return held.size();
  }

  HeldPackets get(int i) {
    return held.get(i);
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
    HeldPackets of = of(spi);
    if (of == null || !makeRoom(of, length)) {
      return false;
    }
    if (of.isEmpty()) {
      held.add(of);
    }
    of.add(from, at, length, peerHigh, peerLow, peerPort, tos, now);
    return true;
  }

  private @Nullable HeldPackets of(int spi) {
    for (int i = 0; i < held.size(); i++) {
      if (held.get(i).spi() == spi) {
        return held.get(i);
      }
    }
    return held.size() == SAS ? null : new HeldPackets(spi);
  }

  private boolean makeRoom(HeldPackets of, int length) {
    if (of.packets() == PACKETS_PER_SA || !HeldPackets.fits(length)) {
      return false;
    }
    if (of.hasRoom(length)) {
      return true;
    }
    if (of.blocks() == BLOCKS_PER_SA || free.isEmpty() && blocks == BLOCKS) {
      return false;
    }
    if (free.isEmpty()) {
      free.addLast(new HeldPackets.Block());
      blocks++;
    }
    of.lend(free.removeLast());
    return true;
  }

  /** Copies the first packet of that SPI out and forgets it. */
  void take(HeldPackets of, MemorySegment to, long at) {
    of.copyTo(to, at);
    of.removeFirst(free);
  }

  /** Drops those that have waited for too long. */
  void expire(long now, TrafficCounters counters) {
    int expired = 0;
    for (int i = 0; i < held.size(); i++) {
      HeldPackets of = held.get(i);
      while (!of.isEmpty() && now - of.since() > PATIENCE) {
        of.removeFirst(free);
        expired++;
      }
    }
    if (expired > 0) {
      counters.dropped(DropReason.EARLY_ESP, expired);
      tidy();
    }
  }

  /** Forgets the SPIs of which nothing is left, and gives back what is not needed any more. */
  void tidy() {
    for (int i = held.size() - 1; i >= 0; i--) {
      if (held.get(i).isEmpty()) {
        held.remove(i);
      }
    }
    while (held.isEmpty() && free.size() > BLOCKS_KEPT) {
      free.removeLast().close();
      blocks--;
    }
  }

  /** Memory taken, bytes. */
  int bytes() {
    return blocks * HeldPackets.BLOCK;
  }
}
