package dev.twinspan.datapath.worker;

import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * A socket connected to itself, in memory: what is sent stays where it was encrypted, and is copied
 * when it is received. One thread; holds the sends of one turn.
 */
public final class BenchWan extends WanInMemory {
  private static final int MOST = 64;

  private final MemorySegment[] from = new MemorySegment[MOST];
  private final long[] offsets = new long[MOST];
  private final int[] lengths = new int[MOST];
  private final int[] segments = new int[MOST];
  private int sent;
  private int next;

  public BenchWan() {
    super(address());
  }

  private static InetSocketAddress address() {
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 1}), 4500);
    } catch (UnknownHostException e) {
      throw new AssertionError("four bytes are an address", e);
    }
  }

  /** Sends since {@link #clear}. */
  public int sent() {
    return sent;
  }

  /** Forgets what was sent. */
  public void clear() {
    sent = 0;
    next = 0;
  }

  /** What was sent is to be received once more. */
  public void rewind() {
    next = 0;
  }

  @Override
  public int send(
      MemorySegment buffer,
      long offset,
      int length,
      int segmentSize,
      int tos,
      Destination destination) {
    if (sent == MOST) {
      return -Errno.EAGAIN;
    }
    from[sent] = buffer;
    offsets[sent] = offset;
    lengths[sent] = length;
    segments[sent++] = segmentSize == 0 ? length : segmentSize;
    return length;
  }

  @Override
  public int receive(MemorySegment buffer, long offset, int length) {
    if (next == sent) {
      return -Errno.EAGAIN;
    }
    MemorySegment.copy(from[next], offsets[next], buffer, offset, lengths[next]);
    return lengths[next++];
  }

  @Override
  public int segmentSize() {
    return segments[next - 1];
  }
}
