package dev.twinspan.datapath.worker;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Packets of one SPI in the order they came, in blocks that are borrowed and given back.
 *
 * <pre>
 *   0         8         16        24     28    32       36       40
 *   │ since   │ peerHigh│ peerLow │ port │ tos │ length │ unused │ the packet, to a multiple of 8 │
 * </pre>
 *
 * Owned by the worker of WAN → LAN. Allocates nothing per packet.
 */
final class HeldPackets {
  /** Bytes; a few packets that came whole. */
  static final int BLOCK = 256 << 10;

  private static final int HEADER = 40;

  /** Memory, and how far it is written and read. */
  static final class Block {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory = arena.allocate(BLOCK, Long.BYTES);
    private int written;
    private int read;

    void close() {
      arena.close();
    }
  }

  private final int spi;
  private final Deque<Block> blocks = new ArrayDeque<>();
  private int packets;

  HeldPackets(int spi) {
    this.spi = spi;
  }

  int spi() {
    return spi;
  }

  int packets() {
    return packets;
  }

  int blocks() {
    return blocks.size();
  }

  /** Whether the last block has room for a packet of that length. */
  boolean hasRoom(int length) {
    return !blocks.isEmpty() && blocks.getLast().written + size(length) <= BLOCK;
  }

  static boolean fits(int length) {
    return size(length) <= BLOCK;
  }

  private static int size(int length) {
    return HEADER + (length + 7 & ~7);
  }

  void lend(Block block) {
    block.written = 0;
    block.read = 0;
    blocks.addLast(block);
  }

  /** Copies it into the last block, which {@link #hasRoom}. */
  void add(
      MemorySegment from,
      long at,
      int length,
      long peerHigh,
      long peerLow,
      int peerPort,
      int tos,
      long now) {
    Block block = blocks.getLast();
    MemorySegment to = block.memory;
    int header = block.written;
    to.set(ValueLayout.JAVA_LONG, header, now);
    to.set(ValueLayout.JAVA_LONG, header + 8, peerHigh);
    to.set(ValueLayout.JAVA_LONG, header + 16, peerLow);
    to.set(ValueLayout.JAVA_INT, header + 24, peerPort);
    to.set(ValueLayout.JAVA_INT, header + 28, tos);
    to.set(ValueLayout.JAVA_INT, header + 32, length);
    MemorySegment.copy(from, at, to, header + HEADER, length);
    block.written += size(length);
    packets++;
  }

  boolean isEmpty() {
    return packets == 0;
  }

  private MemorySegment first() {
    return blocks.getFirst().memory;
  }

  private int firstAt() {
    return blocks.getFirst().read;
  }

  /** Of the first packet, as the others: when it came. */
  long since() {
    return first().get(ValueLayout.JAVA_LONG, firstAt());
  }

  long peerHigh() {
    return first().get(ValueLayout.JAVA_LONG, firstAt() + 8);
  }

  long peerLow() {
    return first().get(ValueLayout.JAVA_LONG, firstAt() + 16);
  }

  int peerPort() {
    return first().get(ValueLayout.JAVA_INT, firstAt() + 24);
  }

  int tos() {
    return first().get(ValueLayout.JAVA_INT, firstAt() + 28);
  }

  int length() {
    return first().get(ValueLayout.JAVA_INT, firstAt() + 32);
  }

  void copyTo(MemorySegment to, long at) {
    MemorySegment.copy(first(), firstAt() + HEADER, to, at, length());
  }

  /** Forgets the first packet; blocks that are read through go there. */
  void removeFirst(Deque<Block> free) {
    Block block = blocks.getFirst();
    block.read += size(length());
    packets--;
    if (block.read == block.written) {
      free.addLast(blocks.removeFirst());
    }
  }
}
