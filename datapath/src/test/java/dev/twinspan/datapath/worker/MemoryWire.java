package dev.twinspan.datapath.worker;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A bounded queue of sends, each up to 64 KB, in memory: one direction of a cable. Allocates
 * nothing once made, so that what a test measures is the datapath's. One thread.
 */
public final class MemoryWire {
  private static final int SLOT = 65536;

  private final int slots;
  private final MemorySegment memory;
  private final int[] length;
  private final int[] segmentSize;
  private final int[] tos;
  private int head;
  private int tail;

  public MemoryWire(int slots) {
    this.slots = slots;
    memory = Arena.ofAuto().allocate((long) slots * SLOT, 64);
    length = new int[slots];
    segmentSize = new int[slots];
    tos = new int[slots];
  }

  public int size() {
    return tail - head;
  }

  public boolean isFull() {
    return size() == slots;
  }

  public void put(MemorySegment from, long offset, int bytes, int segment, int outerTos) {
    if (isFull()) {
      throw new IllegalStateException("the wire holds " + slots + " sends");
    }
    int i = tail++ % slots;
    MemorySegment.copy(from, offset, memory, (long) i * SLOT, bytes);
    length[i] = bytes;
    segmentSize[i] = segment == 0 ? bytes : segment;
    tos[i] = outerTos;
  }

  /** Copies the oldest send out; its length. The other accessors then tell of it. */
  public int take(MemorySegment to, long offset) {
    int i = head++ % slots;
    MemorySegment.copy(memory, (long) i * SLOT, to, offset, length[i]);
    return length[i];
  }

  public int lastSegmentSize() {
    return segmentSize[(head - 1) % slots];
  }

  public int lastTos() {
    return tos[(head - 1) % slots];
  }

  /** The {@code i}th waiting send, to look at or to tamper with. */
  public MemorySegment peek(int i) {
    int slot = (head + i) % slots;
    return memory.asSlice((long) slot * SLOT, length[slot]);
  }

  public int peekSegmentSize(int i) {
    return segmentSize[(head + i) % slots];
  }

  public int peekTos(int i) {
    return tos[(head + i) % slots];
  }

  /** As a router on the way does: congestion experienced. */
  public void mark(int i, int outerTos) {
    tos[(head + i) % slots] = outerTos;
  }

  public void clear() {
    head = tail;
  }
}
