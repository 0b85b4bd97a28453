package dev.twinspan.agent.ike.crypto;

import dev.twinspan.agent.ike.message.IkeId;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Authentication of an IKE SA, RFC 7296 section 2.15. Pure functions over {@link IkeCrypto}.
 *
 * <pre>
 *   InitiatorSignedOctets = RealMessage1 | NonceRData | MACedIDForI
 *   ResponderSignedOctets = RealMessage2 | NonceIData | MACedIDForR
 *   MACedIDForX           = prf(SK_pX, IDType | RESERVED | IDData)
 *   AUTH                  = prf( prf(Shared Secret, "Key Pad for IKEv2"), SignedOctets )
 * </pre>
 */
public final class Auth {
  /** AUTH method "Shared Key Message Integrity Code", section 3.8. */
  public static final int SHARED_KEY = 2;

  /** 17 ASCII characters, without a terminating zero. */
  private static final byte[] KEY_PAD = "Key Pad for IKEv2".getBytes(StandardCharsets.US_ASCII);

  private Auth() {}

  /**
   * What one side signs.
   *
   * @param realMessage that side's own IKE_SA_INIT as it was sent last (with COOKIE, when one was
   *     asked for): from the IKE header to the end, without a non-ESP marker
   * @param otherNonce the other side's nonce, data only
   * @param id that side's identity; the three RESERVED octets are zero
   * @param skP SK_pi for the initiator's octets, SK_pr for the responder's
   */
  public static byte[] signedOctets(
      IkeCrypto crypto,
      PrfAlgorithm prf,
      byte[] realMessage,
      byte[] otherNonce,
      IkeId id,
      byte[] skP) {
    byte[] idHeader = {(byte) id.type(), 0, 0, 0};
    byte[] macedId = crypto.prf(prf, skP, idHeader, id.data());
    ByteArrayOutputStream octets =
        new ByteArrayOutputStream(realMessage.length + otherNonce.length + macedId.length);
    octets.writeBytes(realMessage);
    octets.writeBytes(otherNonce);
    octets.writeBytes(macedId);
    return octets.toByteArray();
  }

  /** The AUTH payload's data for a pre-shared key. */
  public static byte[] sharedKey(
      IkeCrypto crypto, PrfAlgorithm prf, byte[] secret, byte[] signedOctets) {
    byte[] padded = crypto.prf(prf, secret, KEY_PAD);
    byte[] auth = crypto.prf(prf, padded, signedOctets);
    Arrays.fill(padded, (byte) 0);
    return auth;
  }

  /** Whether the peer's AUTH data is the expected one; takes equally long either way. */
  public static boolean matches(byte[] expected, byte[] seen) {
    return MessageDigest.isEqual(expected, seen);
  }
}
