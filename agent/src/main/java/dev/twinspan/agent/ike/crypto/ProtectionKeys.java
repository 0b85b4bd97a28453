package dev.twinspan.agent.ike.crypto;

import java.util.Arrays;

/**
 * The keys of one direction of an IKE SA.
 *
 * @param encryptionKey SK_ei or SK_er, with the salt behind it for GCM
 * @param integrityKey SK_ai or SK_ar; empty for GCM
 */
public record ProtectionKeys(IkeCipher cipher, byte[] encryptionKey, byte[] integrityKey) {
  /** With keys of its own. */
  public ProtectionKeys copy() {
    return new ProtectionKeys(cipher, encryptionKey.clone(), integrityKey.clone());
  }

  /** Zeroes both keys. */
  public void destroy() {
    Arrays.fill(encryptionKey, (byte) 0);
    Arrays.fill(integrityKey, (byte) 0);
  }

  @Override
  public String toString() {
    return "ProtectionKeys[" + cipher + "]";
  }
}
