package dev.twinspan.ffi.crypto;

import org.jspecify.annotations.Nullable;

/** The receiving SA's bare cipher, for known answers; parameters as {@link RawSeal}. */
interface RawOpen {
  /**
   * Verifies and decrypts.
   *
   * @param sealed ciphertext, then ICV
   * @return the plaintext, or null when the ICV is wrong
   */
  byte @Nullable [] openRaw(byte[] iv, byte[] aad, byte[] sealed);
}
