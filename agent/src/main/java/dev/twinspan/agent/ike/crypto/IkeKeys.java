package dev.twinspan.agent.ike.crypto;

import java.util.Arrays;

/**
 * The seven secrets of an IKE SA (RFC 7296 section 2.14), the protection keys in one record per
 * direction. Owned by the IKE SA, which calls {@link #destroy} when it goes.
 *
 * @param prf the negotiated PRF, as long as whose output {@code skD}, {@code skPi}, {@code skPr}
 *     are
 * @param skD from which CHILD SAs and rekeyed IKE SAs are derived
 * @param initiator SK_ei and SK_ai: protects what the original initiator sends
 * @param responder SK_er and SK_ar: protects what the original responder sends
 * @param skPi for the initiator's AUTH payload
 * @param skPr for the responder's AUTH payload
 */
public record IkeKeys(
    PrfAlgorithm prf,
    byte[] skD,
    ProtectionKeys initiator,
    ProtectionKeys responder,
    byte[] skPi,
    byte[] skPr) {
  /** Zeroes all seven. */
  public void destroy() {
    Arrays.fill(skD, (byte) 0);
    initiator.destroy();
    responder.destroy();
    Arrays.fill(skPi, (byte) 0);
    Arrays.fill(skPr, (byte) 0);
  }

  @Override
  public String toString() {
    return "IkeKeys[" + prf + ", " + initiator.cipher() + "]";
  }
}
