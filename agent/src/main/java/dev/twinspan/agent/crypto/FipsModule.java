package dev.twinspan.agent.crypto;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.bouncycastle.crypto.CryptoServicesRegistrar;
import org.bouncycastle.crypto.fips.FipsDRBG;
import org.bouncycastle.crypto.fips.FipsStatus;
import org.bouncycastle.jcajce.provider.BouncyCastleFipsProvider;

/**
 * Starting Bouncy Castle FIPS. The module checks its own code (an HMAC over the whole jar) when its
 * first class is used, which takes about a second on a cold JVM; each algorithm's known-answer test
 * runs when that algorithm is used first.
 */
public final class FipsModule {
  /** Read by the module's native loader when its first class is initialised. */
  private static final String CPU_VARIANT = "org.bouncycastle.native.cpu_variant";

  private static final int STRENGTH_BITS = 256;

  static {
    // The module would unpack x86 libraries into the temporary directory, which may be mounted
    // noexec and does not exist on all boards alike. IKE's few messages do not need them.
    if (System.getProperty(CPU_VARIANT) == null) {
      System.setProperty(CPU_VARIANT, "java");
    }
  }

  /**
   * The module in use, for status.
   *
   * @param approvedOnly whether it refuses what is not approved
   * @param selfTest state of its self-tests, and the checksum of its code
   */
  public record Description(String name, String version, boolean approvedOnly, String selfTest) {}

  private FipsModule() {}

  /**
   * Runs the module's check of itself unless it has run already; blocks until it is done.
   *
   * @throws IllegalStateException when the check failed: then there is no cryptography to go on
   *     with
   */
  public static void start() {
    if (!FipsStatus.isReady()) {
      throw new IllegalStateException(
          "Bouncy Castle FIPS failed its self-test ("
              + FipsStatus.getStatusMessage()
              + "): the installed bc-fips jar is damaged or was repackaged; install it unchanged");
    }
  }

  /**
   * Puts the calling thread into the module's approved-only mode, from which it does not come back.
   * The mode belongs to a thread: whichever thread uses the module in FIPS mode calls this first,
   * and it costs nothing when it has.
   *
   * @throws IllegalStateException when the module stays in its general mode
   */
  public static void enterApprovedMode() {
    if (CryptoServicesRegistrar.isInApprovedOnlyMode()) {
      return;
    }
    CryptoServicesRegistrar.setApprovedOnlyMode(true);
    start();
    if (!CryptoServicesRegistrar.isInApprovedOnlyMode()) {
      throw new IllegalStateException(
          "Bouncy Castle FIPS does not enter its approved-only mode: check what"
              + " org.bouncycastle.fips.approved_only is set to");
    }
  }

  /** What the calling thread's module says of itself. */
  public static Description describe() {
    start();
    return new Description(
        "Bouncy Castle FIPS",
        BouncyCastleFipsProvider.INFO.replaceFirst(".* v", ""),
        CryptoServicesRegistrar.isInApprovedOnlyMode(),
        "%s, checksum %s"
            .formatted(
                FipsStatus.getStatusMessage(),
                HexFormat.of().formatHex(FipsStatus.getModuleHMAC())));
  }

  /** SP 800-90A HMAC_DRBG, seeded and reseeded from the operating system. */
  public static SecureRandom random() {
    start();
    SecureRandom system = new SecureRandom();
    return FipsDRBG.SHA512_HMAC
        .fromEntropySource(system, false)
        .setSecurityStrength(STRENGTH_BITS)
        .setEntropyBitsRequired(STRENGTH_BITS)
        .setPersonalizationString("twinspan".getBytes(StandardCharsets.US_ASCII))
        .build(system.generateSeed(STRENGTH_BITS / 8), false);
  }
}
