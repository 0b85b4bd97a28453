package dev.twinspan.agent.config;

import dev.twinspan.agent.crypto.FipsTls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Collection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.crypto.fips.FipsUnapprovedOperationError;

/**
 * TLS to the fleet's broker: the JDK's, and with {@code fips: true} that of {@link FipsTls}. Reads
 * the files, so that a renewed certificate is used.
 */
public final class FleetTls {
  private FleetTls() {}

  /**
   * Whichever thread uses what comes of it calls {@link FipsTls#enter} first.
   *
   * @throws IOException with one sentence when a file cannot be used
   */
  public static SSLContext context(FleetConfig fleet) throws IOException {
    return fleet.fips()
        ? fips(fleet.certificate(), fleet.key(), fleet.trust())
        : context(fleet.certificate(), fleet.key(), fleet.trust());
  }

  private static SSLContext fips(Path certificate, Path privateKey, Path anchors)
      throws IOException {
    byte[] pem = Files.readAllBytes(privateKey);
    byte[] pkcs8 = {};
    try {
      pkcs8 = Pem.privateKey(pem);
      return FipsTls.context(Files.readAllBytes(certificate), pkcs8, Files.readAllBytes(anchors));
    } catch (GeneralSecurityException
        | Pem.Malformed
        | IllegalArgumentException
        | IllegalStateException
        | FipsUnapprovedOperationError e) { // an Error
      throw unusable(certificate, e);
    } finally {
      Arrays.fill(pem, (byte) 0);
      Arrays.fill(pkcs8, (byte) 0);
    }
  }

  private static IOException unusable(Path certificate, Throwable why) {
    return new IOException(
        "certificate %s cannot be used: %s".formatted(certificate, why.getMessage()), why);
  }

  /**
   * The JDK's, in any mode.
   *
   * @param certificate our own, PEM, its intermediate CAs behind it
   * @param privateKey PEM
   * @param anchors CAs that may vouch for the broker, PEM
   * @throws IOException with one sentence when a file cannot be used
   */
  public static SSLContext context(Path certificate, Path privateKey, Path anchors)
      throws IOException {
    try {
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, null);
      own.setKeyEntry(
          "box",
          key(privateKey),
          new char[0],
          certificates(certificate).toArray(new Certificate[0]));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, new char[0]);
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      int number = 0;
      for (Certificate anchor : certificates(anchors)) {
        trusted.setCertificateEntry("ca" + number++, anchor);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | Pem.Malformed e) {
      throw unusable(certificate, e);
    }
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(in);
    }
  }

  private static PrivateKey key(Path file)
      throws IOException, GeneralSecurityException, Pem.Malformed {
    byte[] pem = Files.readAllBytes(file);
    byte[] pkcs8 = Pem.privateKey(pem);
    try {
      PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(pkcs8);
      try {
        return KeyFactory.getInstance("EC").generatePrivate(encoded);
      } catch (InvalidKeySpecException _) {
        return KeyFactory.getInstance("RSA").generatePrivate(encoded);
      }
    } finally {
      Arrays.fill(pem, (byte) 0);
      Arrays.fill(pkcs8, (byte) 0);
    }
  }
}
