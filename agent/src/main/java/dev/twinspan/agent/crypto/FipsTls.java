package dev.twinspan.agent.crypto;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.concurrent.Executor;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.jcajce.provider.BouncyCastleFipsProvider;
import org.bouncycastle.jsse.provider.BouncyCastleJsseProvider;

/**
 * TLS whose cryptography, keys and check of certificates are those of Bouncy Castle FIPS in its
 * approved-only mode: the protocol is by Bouncy Castle's JSSE provider, which is outside the module
 * and does no cryptography of its own. Neither provider is registered with the JVM.
 *
 * <p>The module lets no thread outside the mode use a key that was made inside: whichever thread
 * reads, writes or closes such a connection calls {@link #enter} first.
 */
public final class FipsTls {
  private static final String KEY_STORE = "BCFKS";
  private static final int PASSWORD_BYTES = 32;

  /** Held: java.util.logging forgets the levels of loggers that nobody holds. */
  private static final Logger WORDS = Logger.getLogger("org.bouncycastle.jsse");

  /** Made by the first that is in the approved mode. */
  private static final class Providers {
    static final Provider MODULE = new BouncyCastleFipsProvider();
    static final Provider TLS = new BouncyCastleJsseProvider(true, MODULE);

    private Providers() {}
  }

  static {
    // It writes each failed handshake to standard error; the exception says it too.
    WORDS.setLevel(Level.OFF);
  }

  private FipsTls() {}

  /**
   * TLS 1.3 and nothing older. The calling thread is in the approved mode from then on.
   *
   * @param chain our own certificate, its intermediate CAs behind it, PEM
   * @param pkcs8 our private key, EC or RSA
   * @param anchors CAs that may vouch for the other side, PEM
   * @throws GeneralSecurityException when the module does not take one of them
   * @throws IllegalStateException when the module does not work
   */
  public static SSLContext context(byte[] chain, byte[] pkcs8, byte[] anchors)
      throws GeneralSecurityException, IOException {
    FipsModule.enterApprovedMode();
    SecureRandom random = FipsModule.random();
    // The store keeps keys encrypted only, though it never leaves the memory.
    byte[] octets = new byte[PASSWORD_BYTES];
    random.nextBytes(octets);
    char[] password = HexFormat.of().formatHex(octets).toCharArray();
    KeyStore own = store();
    own.setKeyEntry("box", key(pkcs8), password, certificates(chain).toArray(new Certificate[0]));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX", Providers.TLS);
    keys.init(own, password);
    KeyStore trusted = store();
    int number = 0;
    for (Certificate anchor : certificates(anchors)) {
      trusted.setCertificateEntry("ca" + number++, anchor);
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX", Providers.TLS);
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLSv1.3", Providers.TLS);
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), random);
    Arrays.fill(password, ' ');
    Arrays.fill(octets, (byte) 0);
    return context;
  }

  /**
   * Before the calling thread uses a connection of that context: puts the thread into the approved
   * mode if the context is of {@link #context}, and does nothing if it is another.
   */
  public static void enter(SSLContext context) {
    if (isOf(context)) {
      FipsModule.enterApprovedMode();
    }
  }

  /** Whether that context is the module's. */
  public static boolean isOf(SSLContext context) {
    return context.getProvider() instanceof BouncyCastleJsseProvider;
  }

  /** For an HTTP client over that context: a virtual thread for each task, in the mode. */
  static Executor executor(SSLContext context) {
    return task ->
        Thread.startVirtualThread(
            () -> {
              enter(context);
              task.run();
            });
  }

  private static KeyStore store() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KEY_STORE, Providers.MODULE);
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(byte[] pem)
      throws GeneralSecurityException {
    Collection<? extends Certificate> all =
        CertificateFactory.getInstance("X.509", Providers.MODULE)
            .generateCertificates(new ByteArrayInputStream(pem));
    if (all.isEmpty()) {
      throw new CertificateException("a file of certificates holds none");
    }
    return all;
  }

  private static PrivateKey key(byte[] pkcs8) throws GeneralSecurityException {
    PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(pkcs8);
    try {
      return KeyFactory.getInstance("EC", Providers.MODULE).generatePrivate(encoded);
    } catch (InvalidKeySpecException _) {
      return KeyFactory.getInstance("RSA", Providers.MODULE).generatePrivate(encoded);
    }
  }
}
