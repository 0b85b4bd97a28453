package dev.twinspan.ffi.crypto;

/** One direction of an SA of the shim. */
interface ShimDirection extends BareCipher, AutoCloseable {
  EspTransform transform();

  /** Zeroes and frees the keys. */
  @Override
  void close();
}
