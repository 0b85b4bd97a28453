package dev.twinspan.agent.config;

import dev.twinspan.agent.ike.IkePolicy;
import dev.twinspan.agent.ike.IkePolicy.EspSuite;
import dev.twinspan.agent.ike.IkePolicy.IkeSuite;
import dev.twinspan.agent.ike.crypto.DhGroup;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import dev.twinspan.agent.ike.crypto.PrfAlgorithm;
import dev.twinspan.ffi.crypto.EspTransform;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code policy} of a connection: one of Azure's sets by name, or a custom policy in the field
 * names of the Azure connection. Algorithms that are broken are refused with what to set in Azure
 * instead.
 */
final class PolicyReader {
  private static final String WEAK =
      "%s is broken and never used here: set %s to %s in the connection's custom policy in Azure,"
          + " and the same here";

  private final Section policy;
  private final Problems problems;
  private boolean usable = true;

  private PolicyReader(Section policy) {
    this.policy = policy;
    this.problems = policy.problems();
  }

  /** Null when a problem has been reported. */
  static @Nullable IkePolicy read(Section connection) {
    Section policy = connection.section("policy");
    if (!policy.node().isObject()) {
      return Policies.named(connection.text("policy", Policies.STRONG));
    }
    return new PolicyReader(policy).custom();
  }

  private @Nullable IkePolicy custom() {
    PrfAlgorithm prf = prf();
    IkeCipher cipher = cipher(prf);
    DhGroup group = group();
    EspTransform transform = transform();
    DhGroup pfs = pfs(group);
    if (!usable || cipher == null || prf == null || group == null || transform == null) {
      return null;
    }
    Duration lifetime = Duration.ofSeconds(policy.number("saLifeTimeSeconds", 27_000));
    long kilobytes = policy.number("saDataSizeKilobytes", Policies.AZURE_KILOBYTES);
    return new IkePolicy(
        Policies.CUSTOM,
        List.of(new IkeSuite(cipher, prf, group)),
        List.of(new EspSuite(transform, pfs, false)),
        Policies.AZURE_IKE_LIFETIME,
        lifetime,
        kilobytes * 1024);
  }

  private @Nullable PrfAlgorithm prf() {
    String value = policy.text("ikeIntegrity", "");
    return switch (value) {
      case "SHA384" -> PrfAlgorithm.HMAC_SHA2_384;
      case "SHA256" -> PrfAlgorithm.HMAC_SHA2_256;
      case "SHA1" -> PrfAlgorithm.HMAC_SHA1;
      case "MD5" -> weak("ikeIntegrity", value, "SHA256 or SHA384");
      default -> null;
    };
  }

  private @Nullable IkeCipher cipher(@Nullable PrfAlgorithm prf) {
    String value = policy.text("ikeEncryption", "");
    Integrity integrity =
        switch (prf) {
          case HMAC_SHA1 -> Integrity.HMAC_SHA1_96;
          case HMAC_SHA2_384 -> Integrity.HMAC_SHA2_384_192;
          case HMAC_SHA2_256 -> Integrity.HMAC_SHA2_256_128;
          case null -> Integrity.NONE;
        };
    return switch (value) {
      case "GCMAES256" -> new IkeCipher(Encryption.AES_GCM_16, 256, Integrity.NONE);
      case "GCMAES128" -> new IkeCipher(Encryption.AES_GCM_16, 128, Integrity.NONE);
      case "AES256" -> new IkeCipher(Encryption.AES_CBC, 256, integrity);
      case "AES192" -> new IkeCipher(Encryption.AES_CBC, 192, integrity);
      case "AES128" -> new IkeCipher(Encryption.AES_CBC, 128, integrity);
      case "DES3", "DES" -> weak("ikeEncryption", value, "AES256 or GCMAES256");
      default -> null;
    };
  }

  private @Nullable DhGroup group() {
    String value = policy.text("dhGroup", "");
    return switch (value) {
      case "ECP384" -> DhGroup.ECP384;
      case "ECP256" -> DhGroup.ECP256;
      case "DHGroup14", "DHGroup2048" -> DhGroup.MODP2048;
      case "DHGroup24" -> DhGroup.MODP2048_256;
      case "DHGroup2" -> DhGroup.MODP1024;
      case "DHGroup1" -> DhGroup.MODP768;
      case "None" ->
          refuse("dhGroup", "None leaves IKE without a key exchange: set ECP384 in Azure and here");
      default -> null;
    };
  }

  private @Nullable EspTransform transform() {
    String encryption = policy.text("ipsecEncryption", "");
    String integrity = policy.text("ipsecIntegrity", "");
    if (integrity.equals("MD5")) {
      return weak("ipsecIntegrity", integrity, "SHA256, or the same GCMAES as ipsecEncryption");
    }
    boolean gcm = encryption.startsWith("GCM");
    if (!integrity.isEmpty() && gcm != integrity.startsWith("GCM")
        || gcm && !integrity.isEmpty() && !integrity.equals(encryption)) {
      return refuse(
          "ipsecIntegrity",
          "\"%s\" does not go with ipsecEncryption %s, expected %s"
              .formatted(integrity, encryption, gcm ? encryption : "SHA256 or SHA1"));
    }
    boolean sha1 = integrity.equals("SHA1");
    return switch (encryption) {
      case "GCMAES256" -> EspTransform.AES_GCM_256;
      case "GCMAES192" -> EspTransform.AES_GCM_192;
      case "GCMAES128" -> EspTransform.AES_GCM_128;
      case "AES256" ->
          sha1 ? EspTransform.AES_CBC_256_SHA1_96 : EspTransform.AES_CBC_256_SHA256_128;
      case "AES192" ->
          sha1 ? EspTransform.AES_CBC_192_SHA1_96 : EspTransform.AES_CBC_192_SHA256_128;
      case "AES128" ->
          sha1 ? EspTransform.AES_CBC_128_SHA1_96 : EspTransform.AES_CBC_128_SHA256_128;
      case "DES3", "DES" -> weak("ipsecEncryption", encryption, "GCMAES256 or AES256");
      case "None" ->
          refuse("ipsecEncryption", "None would send everything readable: set GCMAES256");
      default -> null;
    };
  }

  private @Nullable DhGroup pfs(@Nullable DhGroup group) {
    String value = policy.text("pfsGroup", "");
    return switch (value) {
      case "ECP384" -> DhGroup.ECP384;
      case "ECP256" -> DhGroup.ECP256;
      case "PFS2048", "PFS14" -> DhGroup.MODP2048;
      case "PFS24" -> DhGroup.MODP2048_256;
      case "PFS2" -> DhGroup.MODP1024;
      case "PFS1" -> DhGroup.MODP768;
      case "PFSMM" -> group;
      default -> null;
    };
  }

  private <T> @Nullable T weak(String key, String value, String instead) {
    return refuse(key, WEAK.formatted(value, key, instead));
  }

  private <T> @Nullable T refuse(String key, String sentence) {
    usable = false;
    problems.error(policy.at(key), sentence);
    return null;
  }
}
