package dev.twinspan.agent.ike.crypto;

import org.jspecify.annotations.Nullable;

/**
 * The cryptography IKE needs, handed into the sans-I/O core. The product's implementation is {@code
 * FipsIkeCrypto} on Bouncy Castle FIPS' own API (no JCA look-ups, which fail in a native image).
 */
public interface IkeCrypto {
  /** A fresh key pair for a group; made ahead of need where it can be. */
  KeyPair keyPair(DhGroup group);

  /**
   * The shared secret g^ir, RFC 7296 section 2.14 / RFC 5903 section 7: big-endian, as long as the
   * prime (MODP) or x (ECP).
   *
   * @throws InvalidKeyShare for a share of the wrong length, 0, 1, p-1, or off the curve
   */
  byte[] agree(KeyPair own, byte[] peerShare) throws InvalidKeyShare;

  /** prf(key, data), RFC 7296 section 2.13. */
  byte[] prf(PrfAlgorithm prf, byte[] key, byte[]... data);

  /** prf+(key, seed) cut to {@code length} bytes. */
  byte[] prfPlus(PrfAlgorithm prf, byte[] key, int length, byte[]... seed);

  /** SHA-1: NAT_DETECTION hashes (section 2.23). */
  byte[] sha1(byte[]... data);

  /**
   * Encrypts and authenticates an SK payload: IV, ciphertext, ICV.
   *
   * @param additional the message from the IKE header up to the IV, lengths filled in already
   * @param iv see {@link dev.twinspan.agent.ike.message.IkeCodec#seal}
   * @param plaintext padded to the cipher's block length
   */
  byte[] seal(ProtectionKeys keys, byte[] additional, byte[] iv, byte[] plaintext);

  /**
   * Null when the ICV does not match, compared in constant time. {@code sealed} is IV, ciphertext,
   * ICV.
   */
  byte @Nullable [] open(ProtectionKeys keys, byte[] additional, byte[] sealed);

  /** Unpredictable bytes: SPIs, nonces, IVs, the cookies' secret. */
  byte[] random(int length);

  /** An own key pair; {@code share} goes into the KE payload. */
  interface KeyPair {
    DhGroup group();

    byte[] share();

    /** Forgets the private key. */
    default void destroy() {}
  }

  /** A peer's KE payload that must not be used. */
  final class InvalidKeyShare extends Exception {
    private static final long serialVersionUID = 1L;

    public InvalidKeyShare(String message) {
      super(message);
    }
  }
}
