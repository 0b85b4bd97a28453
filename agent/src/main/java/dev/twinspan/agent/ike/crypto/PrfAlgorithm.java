package dev.twinspan.agent.ike.crypto;

/** Pseudo-random functions (IANA "Transform Type 2"). */
public enum PrfAlgorithm {
  HMAC_SHA1(2, 20),
  HMAC_SHA2_256(5, 32),
  HMAC_SHA2_384(6, 48);

  private final int id;
  private final int length;

  PrfAlgorithm(int id, int length) {
    this.id = id;
    this.length = length;
  }

  public int id() {
    return id;
  }

  /** Output and preferred key length, bytes. */
  public int length() {
    return length;
  }
}
