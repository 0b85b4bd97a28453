package dev.twinspan.agent.ike.crypto;

import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import javax.security.auth.DestroyFailedException;
import org.bouncycastle.crypto.SymmetricSecretKey;
import org.bouncycastle.crypto.fips.FipsKDF;
import org.bouncycastle.crypto.fips.FipsKDF.IKEv2PRF;
import org.bouncycastle.crypto.fips.FipsSHS;

/**
 * HMAC, prf+ and SHA-1 on Bouncy Castle FIPS. Thread-safe; keys are copied and zeroed after use.
 */
final class FipsMac {
  private FipsMac() {}

  static byte[] prf(PrfAlgorithm prf, byte[] key, byte[]... data) {
    return hmac(
        switch (prf) {
          case HMAC_SHA1 -> FipsSHS.SHA1_HMAC;
          case HMAC_SHA2_256 -> FipsSHS.SHA256_HMAC;
          case HMAC_SHA2_384 -> FipsSHS.SHA384_HMAC;
        },
        key,
        data);
  }

  /** The whole HMAC; the caller cuts it to the ICV's length (RFC 2404, RFC 4868). */
  static byte[] integrity(Integrity integrity, byte[] key, byte[]... data) {
    return hmac(
        switch (integrity) {
          case HMAC_SHA1_96 -> FipsSHS.SHA1_HMAC;
          case HMAC_SHA2_256_128 -> FipsSHS.SHA256_HMAC;
          case HMAC_SHA2_384_192 -> FipsSHS.SHA384_HMAC;
          case NONE -> throw new IllegalArgumentException("an AEAD has no HMAC");
        },
        key,
        data);
  }

  /**
   * RFC 7296 section 2.13, the module's own: prf+(K,S) = T1 | T2 | …, Tn = prf(K, Tn-1 | S | n).
   */
  static byte[] prfPlus(PrfAlgorithm prf, byte[] key, int length, byte[]... seed) {
    if (length > 255 * prf.length()) {
      throw new IllegalArgumentException(length + " bytes of prf+, at most " + 255 * prf.length());
    }
    IKEv2PRF function =
        switch (prf) {
          case HMAC_SHA1 -> IKEv2PRF.SHA1;
          case HMAC_SHA2_256 -> IKEv2PRF.SHA256;
          case HMAC_SHA2_384 -> IKEv2PRF.SHA384;
        };
    byte[] stream = new byte[length];
    new FipsKDF.IKEv2OperatorFactory()
        .createKDFCalculator(FipsKDF.IKEv2.withPRF(function).createForPrfPlus(key, seed))
        .generateBytes(stream);
    return stream;
  }

  static byte[] sha1(byte[]... data) {
    var digest =
        new FipsSHS.OperatorFactory<FipsSHS.Parameters>()
            .createOutputDigestCalculator(FipsSHS.SHA1);
    for (byte[] part : data) {
      digest.getDigestStream().update(part);
    }
    return digest.getDigest();
  }

  private static byte[] hmac(FipsSHS.AuthParameters algorithm, byte[] key, byte[]... data) {
    SymmetricSecretKey secret = new SymmetricSecretKey(algorithm, key);
    try {
      var mac = new FipsSHS.MACOperatorFactory().createOutputMACCalculator(secret, algorithm);
      for (byte[] part : data) {
        mac.getMACStream().update(part);
      }
      return mac.getMAC();
    } finally {
      destroy(secret);
    }
  }

  static void destroy(SymmetricSecretKey key) {
    try {
      key.destroy();
    } catch (DestroyFailedException e) {
      throw new IllegalStateException("the module's keys can be destroyed", e);
    }
  }
}
