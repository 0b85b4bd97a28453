package dev.twinspan.agent.rehearse.peer;

/**
 * An IPsec policy as each kind of peer writes it.
 *
 * @param name for messages
 * @param twinspan value of {@code policy:} in our configuration
 * @param ike swanctl's {@code proposals}
 * @param esp swanctl's {@code esp_proposals}
 */
public record Suite(String name, String twinspan, String ike, String esp) {
  /** What our own two ends agree on without being told. */
  public static final Suite AZURE_STRONG =
      new Suite(
          "azure-strong",
          "azure-strong",
          "aes256gcm16-prfsha384-ecp384,aes256-sha384-ecp384",
          "aes256gcm16-ecp384,aes256gcm16");

  public static final Suite ECP384_GCM256 =
      explicit("GCMAES256", "SHA384", "ECP384", "aes256gcm16-prfsha384-ecp384", Esp.GCM256);
  public static final Suite MODP2048_CBC256_SHA256 =
      explicit("AES256", "SHA256", "DHGroup14", "aes256-sha256-modp2048", Esp.CBC256_SHA256);

  /**
   * The best that Azure's default policy has but with its oldest ESP: MODP1024, AES-256 and SHA-1.
   */
  public static final Suite MODP1024_CBC256_SHA1 =
      explicit("AES256", "SHA1", "DHGroup2", "aes256-sha1-modp1024", Esp.CBC256_SHA1);

  /** ESP algorithms in Azure's and in swanctl's names. */
  public enum Esp {
    GCM256("GCMAES256", "GCMAES256", "aes256gcm16"),
    CBC256_SHA256("AES256", "SHA256", "aes256-sha256"),
    CBC256_SHA1("AES256", "SHA1", "aes256-sha1");

    private final String encryption;
    private final String integrity;
    private final String swanctl;

    Esp(String encryption, String integrity, String swanctl) {
      this.encryption = encryption;
      this.integrity = integrity;
      this.swanctl = swanctl;
    }
  }

  private static Suite explicit(
      String encryption, String integrity, String group, String ike, Esp esp) {
    String twinspan =
        "{ikeEncryption: %s, ikeIntegrity: %s, dhGroup: %s, ipsecEncryption: %s, ipsecIntegrity: %s,"
                .formatted(encryption, integrity, group, esp.encryption, esp.integrity)
            + " pfsGroup: None, saLifeTimeSeconds: 27000, saDataSizeKilobytes: 102400000}";
    return new Suite(
        group + "/" + encryption + "/" + integrity + " " + esp, twinspan, ike, esp.swanctl);
  }
}
