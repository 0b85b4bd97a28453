package dev.twinspan.agent.ike;

import java.util.Arrays;

/**
 * Who yields when both sides replaced the same SA at once: RFC 7296 sections 2.8.1 and 2.25. Four
 * nonces were used; the SA made with the lowest of them is closed by who made it.
 */
final class RekeyCollision {
  private RekeyCollision() {}

  /** Told two lowest nonces, says whether the SA made with the first goes. */
  @FunctionalInterface
  interface Rule {
    boolean weYield(byte[] ours, byte[] theirs);
  }

  /** The lower of an exchange's two nonces, octet by octet. */
  static byte[] lowest(byte[] ni, byte[] nr) {
    return Arrays.compareUnsigned(ni, nr) <= 0 ? ni : nr;
  }

  /**
   * @param ours lowest nonce of the exchange we began
   * @param theirs lowest nonce of the one the peer began
   */
  static boolean weYield(byte[] ours, byte[] theirs) {
    return Arrays.compareUnsigned(ours, theirs) < 0;
  }
}
