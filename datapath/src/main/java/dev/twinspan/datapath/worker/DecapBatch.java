package dev.twinspan.datapath.worker;

import dev.twinspan.ffi.crypto.DecapVector;
import dev.twinspan.ffi.crypto.EspDecryptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** ESP packets of one SA and one peer waiting for one native call. */
final class DecapBatch {
  static final int MAX_ENTRIES = 256;

  private final MemorySegment vector =
      Arena.global().allocate((long) MAX_ENTRIES * DecapVector.ENTRY_SIZE, 64);
  private final long[] sequence = new long[MAX_ENTRIES];
  private final long[] offset = new long[MAX_ENTRIES];
  private final int[] outerTos = new int[MAX_ENTRIES];
  private final long bufferAddress;
  private int entries;

  DecapBatch(MemorySegment buffer) {
    bufferAddress = buffer.address();
  }

  boolean isFull() {
    return entries == MAX_ENTRIES;
  }

  int entries() {
    return entries;
  }

  /**
   * @param at of the ESP packet in the buffer
   * @param fullSequence its sequence number with the inferred high half
   */
  void add(long at, int length, long fullSequence, int tos) {
    int i = entries++;
    DecapVector.set(vector, i, bufferAddress + at, length, (int) (fullSequence >>> 32));
    sequence[i] = fullSequence;
    offset[i] = at;
    outerTos[i] = tos;
  }

  /** The one native call. */
  void decapsulate(EspDecryptor decryptor) {
    decryptor.decapsulate(vector, entries);
  }

  void clear() {
    entries = 0;
  }

  int status(int i) {
    return DecapVector.status(vector, i);
  }

  long sequence(int i) {
    return sequence[i];
  }

  int outerTos(int i) {
    return outerTos[i];
  }

  /** Where the inner packet begins in the buffer. */
  long inner(int i) {
    return offset[i] + DecapVector.innerOffset(vector, i);
  }

  int innerLength(int i) {
    return DecapVector.innerLength(vector, i);
  }

  int nextHeader(int i) {
    return DecapVector.nextHeader(vector, i);
  }

  int checksum(int i) {
    return DecapVector.checksum(vector, i);
  }
}
