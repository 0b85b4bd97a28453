package dev.twinspan.ffi.crypto;

/**
 * The sending SA's bare cipher, for known answers whose IV is not the sequence number. Never used
 * on the wire.
 */
interface RawSeal {
  /**
   * Encrypts and authenticates.
   *
   * @param iv GCM: 8 bytes, which follow the SA's salt; CBC: 16 bytes
   * @param aad GCM: authenticated with the text; CBC: the HMAC is over this alone
   * @param text CBC: a multiple of 16 bytes
   * @return ciphertext, then ICV
   */
  byte[] sealRaw(byte[] iv, byte[] aad, byte[] text);
}
