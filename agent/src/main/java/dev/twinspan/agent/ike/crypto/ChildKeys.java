package dev.twinspan.agent.ike.crypto;

import java.util.Arrays;

/**
 * KEYMAT of one CHILD SA, cut into its two directions (RFC 7296 section 2.17). "Initiator" is the
 * one of the exchange that made this CHILD SA, not of the IKE SA.
 *
 * @param initiatorToResponder encryption key, then salt or integrity key: what the exchange's
 *     initiator sends with
 * @param responderToInitiator the same for the other direction
 */
public record ChildKeys(byte[] initiatorToResponder, byte[] responderToInitiator) {
  /** Zeroes both. */
  public void destroy() {
    Arrays.fill(initiatorToResponder, (byte) 0);
    Arrays.fill(responderToInitiator, (byte) 0);
  }

  @Override
  public String toString() {
    return "ChildKeys[" + initiatorToResponder.length + " bytes a direction]";
  }
}
