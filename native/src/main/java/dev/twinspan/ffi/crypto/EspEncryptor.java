package dev.twinspan.ffi.crypto;

import java.lang.foreign.MemorySegment;

/**
 * The sending direction of one SA. The IV is the sequence number (GCM) or its encryption (CBC), so
 * every back-end gives the same bytes; {@code twinspan_esp.h} says why. Used by one thread at a
 * time: the worker that owns the SA. Allocates nothing per call, but for the {@code jce} back-end,
 * which is the last resort.
 */
public interface EspEncryptor extends AutoCloseable {
  EspTransform transform();

  /**
   * Segments each entry's inner packet, completes its checksums, and writes the finished ESP
   * packets one behind the other. One native call for the whole vector.
   *
   * @param vector {@code entries} × {@link EncapVector#ENTRY_SIZE} bytes, off-heap
   * @return number of entries done; an entry that could not be has a negative {@link
   *     EncapVector#count}, and the others are not affected
   * @throws IllegalStateException after {@link #close}
   */
  int encapsulate(MemorySegment vector, int entries);

  /** Zeroes and frees the keys. */
  @Override
  void close();
}
