package dev.twinspan.agent.ike.crypto;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * From shared secrets to keys: RFC 7296 sections 2.14 (IKE SA), 2.17 (CHILD SA) and 2.18 (rekeyed
 * IKE SA). Pure functions over {@link IkeCrypto}. What is passed in is the caller's to zero; what
 * is made on the way is zeroed here.
 */
public final class KeyDerivation {
  private KeyDerivation() {}

  /**
   * Keys of a new IKE SA, section 2.14.
   *
   * <pre>
   *   SKEYSEED = prf(Ni | Nr, g^ir)
   *   {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr)
   * </pre>
   *
   * @param sharedSecret g^ir
   * @param ni the initiator's nonce: the payload's data without its header
   * @param nr the responder's nonce
   */
  public static IkeKeys ike(
      IkeCrypto crypto,
      PrfAlgorithm prf,
      IkeCipher cipher,
      byte[] sharedSecret,
      byte[] ni,
      byte[] nr,
      long initiatorSpi,
      long responderSpi) {
    byte[] skeyseed = crypto.prf(prf, concat(ni, nr), sharedSecret);
    return expand(crypto, prf, cipher, skeyseed, ni, nr, initiatorSpi, responderSpi);
  }

  /**
   * Keys of an IKE SA that replaces another, section 2.18.
   *
   * <pre>
   *   SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr)
   * </pre>
   *
   * @param oldPrf the old SA's PRF, which makes SKEYSEED; everything after it is the new one's
   * @param oldSkD the old SA's SK_d
   * @param sharedSecret g^ir of the CREATE_CHILD_SA exchange
   * @param ni nonce of that exchange's initiator
   * @param initiatorSpi the new SA's, chosen by that exchange's initiator
   */
  public static IkeKeys rekeyedIke(
      IkeCrypto crypto,
      PrfAlgorithm oldPrf,
      byte[] oldSkD,
      PrfAlgorithm prf,
      IkeCipher cipher,
      byte[] sharedSecret,
      byte[] ni,
      byte[] nr,
      long initiatorSpi,
      long responderSpi) {
    byte[] skeyseed = crypto.prf(oldPrf, oldSkD, sharedSecret, ni, nr);
    return expand(crypto, prf, cipher, skeyseed, ni, nr, initiatorSpi, responderSpi);
  }

  /**
   * Keys of a CHILD SA, section 2.17.
   *
   * <pre>
   *   KEYMAT = prf+(SK_d, Ni | Nr)                 without a key exchange of its own
   *   KEYMAT = prf+(SK_d, g^ir (new) | Ni | Nr)    with one (perfect forward secrecy)
   * </pre>
   *
   * KEYMAT is taken first for the direction initiator → responder, then for the other; within one,
   * the encryption key (with its salt) comes before the integrity key.
   *
   * @param length bytes of KEYMAT one direction takes
   * @param sharedSecret g^ir of the CREATE_CHILD_SA exchange; null when there was no KE payload
   * @param ni nonce of the initiator of the exchange that makes the CHILD SA (IKE_SA_INIT's for the
   *     one of IKE_AUTH)
   */
  public static ChildKeys child(
      IkeCrypto crypto,
      PrfAlgorithm prf,
      byte[] skD,
      int length,
      byte @Nullable [] sharedSecret,
      byte[] ni,
      byte[] nr) {
    byte[] keymat =
        sharedSecret == null
            ? crypto.prfPlus(prf, skD, 2 * length, ni, nr)
            : crypto.prfPlus(prf, skD, 2 * length, sharedSecret, ni, nr);
    ChildKeys keys =
        new ChildKeys(
            Arrays.copyOfRange(keymat, 0, length), Arrays.copyOfRange(keymat, length, 2 * length));
    Arrays.fill(keymat, (byte) 0);
    return keys;
  }

  private static IkeKeys expand(
      IkeCrypto crypto,
      PrfAlgorithm prf,
      IkeCipher cipher,
      byte[] skeyseed,
      byte[] ni,
      byte[] nr,
      long initiatorSpi,
      long responderSpi) {
    int d = prf.length();
    int a = cipher.integrity().keyLength();
    int e = cipher.encryptionKeyLength();
    byte[] spis = ByteBuffer.allocate(16).putLong(initiatorSpi).putLong(responderSpi).array();
    byte[] stream = crypto.prfPlus(prf, skeyseed, 3 * d + 2 * a + 2 * e, ni, nr, spis);
    ByteBuffer keys = ByteBuffer.wrap(stream);
    byte[] skD = take(keys, d);
    byte[] skAi = take(keys, a);
    byte[] skAr = take(keys, a);
    byte[] skEi = take(keys, e);
    byte[] skEr = take(keys, e);
    byte[] skPi = take(keys, d);
    byte[] skPr = take(keys, d);
    Arrays.fill(stream, (byte) 0);
    Arrays.fill(skeyseed, (byte) 0);
    return new IkeKeys(
        prf,
        skD,
        new ProtectionKeys(cipher, skEi, skAi),
        new ProtectionKeys(cipher, skEr, skAr),
        skPi,
        skPr);
  }

  private static byte[] take(ByteBuffer keys, int length) {
    byte[] key = new byte[length];
    keys.get(key);
    return key;
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
