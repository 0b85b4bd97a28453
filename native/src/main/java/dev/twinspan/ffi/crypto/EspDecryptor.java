package dev.twinspan.ffi.crypto;

import java.lang.foreign.MemorySegment;

/**
 * The receiving direction of one SA. Used by one thread at a time: the worker that owns the SA.
 * Allocates nothing per call. Knows nothing of replay: the caller checks the sequence number before
 * and after (RFC 4303 section 3.4.3).
 */
public interface EspDecryptor extends AutoCloseable {
  EspTransform transform();

  /**
   * Verifies and decrypts each entry's ESP packet in place. One native call for the whole vector.
   *
   * @param vector {@code entries} × {@link DecapVector#ENTRY_SIZE} bytes, off-heap
   * @return number of entries with {@link DecapVector#STATUS_OK}
   */
  int decapsulate(MemorySegment vector, int entries);

  /** Zeroes and frees the keys. */
  @Override
  void close();
}
