package dev.twinspan.agent.ike.message;

import java.util.List;

/**
 * One proposal of an SA payload (RFC 7296 section 3.3.1).
 *
 * @param number 1, 2, 3 … in an offer; the chosen one's in an answer
 * @param protocol 1 IKE, 3 ESP
 * @param spi empty in IKE_SA_INIT, 8 bytes for an IKE rekey, 4 for ESP
 */
public record Proposal(int number, int protocol, byte[] spi, List<Transform> transforms) {
  public static final int PROTOCOL_IKE = 1;
  public static final int PROTOCOL_AH = 2;
  public static final int PROTOCOL_ESP = 3;

  /**
   * One transform (section 3.3.2).
   *
   * @param type 1 ENCR, 2 PRF, 3 INTEG, 4 D-H, 5 ESN
   * @param id IANA transform id
   * @param keyLength bits, from the Key Length attribute; 0 when absent; {@link #UNKNOWN_ATTRIBUTE}
   */
  public record Transform(int type, int id, int keyLength) {
    public static final int ENCR = 1;
    public static final int PRF = 2;
    public static final int INTEG = 3;
    public static final int DH = 4;
    public static final int ESN = 5;

    /**
     * In place of a key length: the transform came with an attribute that is not known here (or a
     * Key Length of 0, or two), which makes it unacceptable (section 3.3.6). It equals none of our
     * own transforms, so comparing records does the right thing; it cannot be encoded.
     */
    public static final int UNKNOWN_ATTRIBUTE = -1;
  }
}
