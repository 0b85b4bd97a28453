package dev.twinspan.agent.ike.crypto;

/** Diffie-Hellman groups (IANA "Transform Type 4"), those Azure's policies name. */
public enum DhGroup {
  MODP768(1, 96, "DHGroup1"),
  MODP1024(2, 128, "DHGroup2"),
  MODP2048(14, 256, "DHGroup14"),
  ECP256(19, 64, "ECP256"),
  ECP384(20, 96, "ECP384"),
  MODP2048_256(24, 256, "DHGroup24");

  private final int id;
  private final int shareLength;
  private final String azureName;

  DhGroup(int id, int shareLength, String azureName) {
    this.id = id;
    this.shareLength = shareLength;
    this.azureName = azureName;
  }

  public int id() {
    return id;
  }

  /** Bytes of the KE payload's key exchange data. */
  public int shareLength() {
    return shareLength;
  }

  /**
   * Whether FIPS mode may use it: the safe primes of RFC 3526 and the NIST curves (SP 800-56A
   * revision 3, appendix D). Group 24 is none of these: where its parameters come from cannot be
   * verified.
   */
  public boolean isApproved() {
    return switch (this) {
      case MODP2048, ECP256, ECP384 -> true;
      case MODP768, MODP1024, MODP2048_256 -> false;
    };
  }

  /** The value of {@code dhGroup} in an Azure policy. */
  public String azureName() {
    return azureName;
  }
}
