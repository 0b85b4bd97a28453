package dev.twinspan.datapath.soak;

import dev.twinspan.datapath.worker.WanInMemory;
import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;

/**
 * One direction of a cable, both its ends in one: runs of datagrams as UDP_SEGMENT sends them and
 * UDP_GRO hands them over, in a row that {@link Mischief} may rearrange between sending and
 * receiving.
 */
public final class SoakWire extends WanInMemory {
  private static final int SLOT = 65536;
  private static final int SLOTS = 128;

  private final MemorySegment memory = Arena.global().allocate((long) SLOTS * SLOT, 64);
  private final int[] length = new int[SLOTS];
  private final int[] segmentSize = new int[SLOTS];

  /** Which slot is the i-th to be received. */
  private final int[] row = new int[SLOTS];

  /** Slots not in the row: the last of them is taken next, so that few are used, and stay warm. */
  private final int[] free = new int[SLOTS];

  private int waiting;
  private int head;
  private int left = SLOTS;
  private int receivedSize;

  public SoakWire(InetSocketAddress local) {
    super(local);
    for (int i = 0; i < SLOTS; i++) {
      free[i] = SLOTS - 1 - i;
    }
  }

  /** Runs that wait. */
  int waiting() {
    return waiting - head;
  }

  boolean hasRoom() {
    return left > 0 && waiting < SLOTS;
  }

  /** Of the i-th that waits. */
  int slot(int i) {
    return row[head + i];
  }

  int packets(int slot) {
    return (length[slot] + segmentSize[slot] - 1) / segmentSize[slot];
  }

  void swap(int i, int j) {
    int slot = row[head + i];
    row[head + i] = row[head + j];
    row[head + j] = slot;
  }

  /** Takes the i-th out of the row; its slot is the caller's to put back. */
  int take(int i) {
    int slot = row[head + i];
    System.arraycopy(row, head + i + 1, row, head + i, waiting - head - i - 1);
    waiting--;
    return slot;
  }

  /** Puts a slot that is in no row before the i-th. */
  void insert(int i, int slot) {
    System.arraycopy(row, head + i, row, head + i + 1, waiting - head - i);
    row[head + i] = slot;
    waiting++;
  }

  /** A copy in a slot of its own. */
  int copy(int slot) {
    return copy(slot, 0, length[slot]);
  }

  /** A copy of the n-th packet of a run. */
  int copyOne(int slot, int n) {
    int from = n * segmentSize[slot];
    return copy(slot, from, Math.min(segmentSize[slot], length[slot] - from));
  }

  private int copy(int slot, int from, int bytes) {
    int to = free[--left];
    MemorySegment.copy(memory, (long) slot * SLOT + from, memory, (long) to * SLOT, bytes);
    length[to] = bytes;
    segmentSize[to] = Math.min(segmentSize[slot], bytes);
    return to;
  }

  int length(int slot) {
    return length[slot];
  }

  void flip(int slot, int bit) {
    long at = (long) slot * SLOT + bit / 8;
    byte b = memory.get(ValueLayout.JAVA_BYTE, at);
    memory.set(ValueLayout.JAVA_BYTE, at, (byte) (b ^ 1 << bit % 8));
  }

  void release(int slot) {
    free[left++] = slot;
  }

  @Override
  public int send(
      MemorySegment buffer, long offset, int bytes, int segment, int tos, Destination destination) {
    if (!hasRoom()) {
      return -Errno.EAGAIN;
    }
    int slot = free[--left];
    MemorySegment.copy(buffer, offset, memory, (long) slot * SLOT, bytes);
    length[slot] = bytes;
    segmentSize[slot] = segment == 0 ? bytes : segment;
    row[waiting++] = slot;
    return bytes;
  }

  @Override
  public int receive(MemorySegment buffer, long offset, int most) {
    if (head == waiting) {
      head = 0;
      waiting = 0;
      return -Errno.EAGAIN;
    }
    int slot = row[head++];
    MemorySegment.copy(memory, (long) slot * SLOT, buffer, offset, length[slot]);
    receivedSize = segmentSize[slot];
    release(slot);
    return length[slot];
  }

  @Override
  public int segmentSize() {
    return receivedSize;
  }
}
