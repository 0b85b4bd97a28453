package dev.twinspan.ffi.crypto;

import java.lang.foreign.MemorySegment;

/**
 * The receiving direction of one SA. Used by one thread at a time: the worker that owns the SA.
 * Allocates nothing per call, but for the {@code jce} back-end. Knows nothing of replay: the caller
 * checks the sequence number before and after (RFC 4303 section 3.4.3).
 */
public interface EspDecryptor extends AutoCloseable {
  EspTransform transform();

  /**
   * Verifies and decrypts each entry's ESP packet in place. One native call for the whole vector.
   *
   * @param vector {@code entries} × {@link DecapVector#ENTRY_SIZE} bytes, off-heap
   * @return number of entries with {@link DecapVector#STATUS_OK}
   * @throws IllegalStateException after {@link #close}
   */
  int decapsulate(MemorySegment vector, int entries);

  /** Zeroes and frees the keys. */
  @Override
  void close();
}
