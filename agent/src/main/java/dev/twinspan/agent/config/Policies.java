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
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The policies that have a name. {@code azure-default} is what an Azure VPN gateway offers and
 * accepts without a custom policy ("About VPN devices", phase 1 and 2 tables) less 3DES and DES;
 * {@code azure-strong} is the best that a custom policy can name.
 */
public final class Policies {
  static final String STRONG = "azure-strong";
  static final String DEFAULT = "azure-default";
  static final String CUSTOM = "custom";

  /** Fixed at Azure's side, and local to each side (RFC 7296 section 2.8). */
  static final Duration AZURE_IKE_LIFETIME = Duration.ofSeconds(28_800);

  static final int AZURE_KILOBYTES = 102_400_000;

  private static final Duration AZURE_CHILD_LIFETIME = Duration.ofSeconds(27_000);

  private static final IkeCipher AES256_SHA384 = cbc(256, Integrity.HMAC_SHA2_384_192);
  private static final IkeCipher GCM256 = new IkeCipher(Encryption.AES_GCM_16, 256, Integrity.NONE);

  public static final IkePolicy AZURE_STRONG =
      policy(
          STRONG,
          List.of(
              new IkeSuite(AES256_SHA384, PrfAlgorithm.HMAC_SHA2_384, DhGroup.ECP384),
              new IkeSuite(GCM256, PrfAlgorithm.HMAC_SHA2_384, DhGroup.ECP384),
              new IkeSuite(GCM256, PrfAlgorithm.HMAC_SHA2_256, DhGroup.ECP384)),
          List.of(new EspSuite(EspTransform.AES_GCM_256, DhGroup.ECP384, false)));

  public static final IkePolicy AZURE_DEFAULT =
      policy(
          DEFAULT,
          List.of(
              modp1024(256, Integrity.HMAC_SHA1_96, PrfAlgorithm.HMAC_SHA1),
              modp1024(256, Integrity.HMAC_SHA2_256_128, PrfAlgorithm.HMAC_SHA2_256),
              modp1024(128, Integrity.HMAC_SHA1_96, PrfAlgorithm.HMAC_SHA1),
              modp1024(128, Integrity.HMAC_SHA2_256_128, PrfAlgorithm.HMAC_SHA2_256)),
          List.of(
              new EspSuite(EspTransform.AES_GCM_256, null, false),
              new EspSuite(EspTransform.AES_CBC_256_SHA1_96, null, false),
              new EspSuite(EspTransform.AES_CBC_256_SHA256_128, null, false),
              new EspSuite(EspTransform.AES_CBC_128_SHA1_96, null, false)));

  private Policies() {}

  /** Null for a name that is none of ours. */
  static @Nullable IkePolicy named(String name) {
    return switch (name) {
      case STRONG -> AZURE_STRONG;
      case DEFAULT -> AZURE_DEFAULT;
      default -> null;
    };
  }

  /** Every group a policy can come to use, of IKE and of its CHILD SAs. */
  public static Set<DhGroup> groups(IkePolicy policy) {
    Set<DhGroup> groups = EnumSet.noneOf(DhGroup.class);
    policy.ike().forEach(suite -> groups.add(suite.group()));
    for (EspSuite suite : policy.esp()) {
      if (suite.pfs() != null) {
        groups.add(suite.pfs());
      }
    }
    return groups;
  }

  private static IkePolicy policy(String name, List<IkeSuite> ike, List<EspSuite> esp) {
    return new IkePolicy(
        name, ike, esp, AZURE_IKE_LIFETIME, AZURE_CHILD_LIFETIME, AZURE_KILOBYTES * 1024L);
  }

  private static IkeSuite modp1024(int bits, Integrity integrity, PrfAlgorithm prf) {
    return new IkeSuite(cbc(bits, integrity), prf, DhGroup.MODP1024);
  }

  private static IkeCipher cbc(int bits, Integrity integrity) {
    return new IkeCipher(Encryption.AES_CBC, bits, integrity);
  }
}
