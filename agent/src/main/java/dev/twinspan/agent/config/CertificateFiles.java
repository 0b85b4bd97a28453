package dev.twinspan.agent.config;

import dev.twinspan.agent.ike.Credentials;
import dev.twinspan.agent.ike.cert.Certificates;
import dev.twinspan.agent.ike.cert.Names;
import dev.twinspan.agent.ike.cert.TrustStore;
import dev.twinspan.agent.ike.crypto.SigningKey;
import dev.twinspan.agent.ike.crypto.VerificationKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the files of {@code certificate}, and says what is wrong with them. */
final class CertificateFiles {
  /** A CRL of a public CA has some hundred kilobytes. */
  private static final int LONGEST = 8 << 20;

  private static final int MOST_CERTIFICATES = 32;
  private static final int LONGEST_CHAIN = 8;

  private final Problems problems;

  private CertificateFiles(Problems problems) {
    this.problems = problems;
  }

  /** Null when a problem has been reported, here or by the schema. */
  static AuthConfig.@Nullable Certificate read(
      Section section, Function<Located<String>, @Nullable Path> resolve) {
    Located<Path> own = path(section, "file", resolve);
    Located<Path> key = path(section, "key-file", resolve);
    Located<Path> trust = path(section, "trust-file", resolve);
    Located<Path> crl = path(section, "crl-file", resolve);
    if (own == null || key == null || trust == null || (section.has("crl-file") && crl == null)) {
      return null;
    }
    CertificateFiles files = new CertificateFiles(section.problems());
    List<X509Certificate> chain = files.certificates(own, LONGEST_CHAIN);
    SigningKey signing = files.key(key);
    List<X509Certificate> anchors = files.certificates(trust, MOST_CERTIFICATES);
    List<X509CRL> crls = crl == null ? List.of() : files.crls(crl);
    if (signing == null) {
      return null;
    }
    if (chain.isEmpty()
        || anchors.isEmpty()
        || (crl != null && crls.isEmpty())
        || !files.belongTogether(key, signing, own, chain.getFirst())) {
      signing.destroy();
      return null;
    }
    files.dates(own, chain);
    files.dates(trust, anchors);
    if (crl != null) {
      files.dates(crl.path(), crl.value(), crls);
    }
    return new AuthConfig.Certificate(
        new AuthConfig.Files(
            own.value(), key.value(), trust.value(), crl == null ? null : crl.value()),
        new Credentials.Certificates(chain, signing, new TrustStore(anchors, crls)));
  }

  private static @Nullable Located<Path> path(
      Section section, String setting, Function<Located<String>, @Nullable Path> resolve) {
    Located<String> text = section.text(setting);
    Path path = text == null ? null : resolve.apply(text);
    return text == null || path == null ? null : new Located<>(text.path(), path);
  }

  private List<X509Certificate> certificates(Located<Path> file, int most) {
    byte[] content = content(file);
    if (content == null) {
      return List.of();
    }
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      for (Pem.Block block : Pem.blocks(content, "CERTIFICATE")) {
        X509Certificate certificate = Certificates.certificate(block.der());
        Certificates.key(certificate);
        certificates.add(certificate);
      }
    } catch (Pem.Malformed | Certificates.Unreadable e) {
      problems.error(
          file.path(),
          "%s holds a certificate that cannot be read: %s".formatted(file.value(), e.getMessage()));
      return List.of();
    } catch (VerificationKey.Unusable e) {
      problems.error(
          file.path(),
          "%s holds a certificate with %s: have one issued with such a key"
              .formatted(file.value(), e.getMessage()));
      return List.of();
    }
    if (certificates.isEmpty() || certificates.size() > most) {
      problems.error(
          file.path(),
          "%s holds %d certificates, expected 1 to %d in PEM (-----BEGIN CERTIFICATE-----)"
              .formatted(file.value(), certificates.size(), most));
      return List.of();
    }
    return certificates;
  }

  private @Nullable SigningKey key(Located<Path> file) {
    byte[] content = null;
    byte[] pkcs8 = null;
    try {
      if (Files.isRegularFile(file.value())
          && !SecretFile.isPrivate(file.value(), file.path(), problems)) {
        return null;
      }
      content = content(file);
      if (content == null) {
        return null;
      }
      pkcs8 = Pem.privateKey(content);
      return SigningKey.of(pkcs8);
    } catch (Pem.Malformed | VerificationKey.Unusable e) {
      problems.error(
          file.path(),
          "%s holds no usable private key: %s; expected RSA or ECDSA in PEM without a passphrase"
              .formatted(file.value(), e.getMessage()));
    } catch (IOException e) {
      problems.error(file.path(), "%s cannot be read: %s".formatted(file.value(), e.getMessage()));
    } finally {
      for (byte[] secret : new byte[][] {content, pkcs8}) {
        if (secret != null) {
          Arrays.fill(secret, (byte) 0);
        }
      }
    }
    return null;
  }

  private List<X509CRL> crls(Located<Path> file) {
    byte[] content = content(file);
    if (content == null) {
      return List.of();
    }
    List<X509CRL> crls = new ArrayList<>();
    try {
      if (content.length > 0 && content[0] == 0x30) {
        crls.add(Certificates.crl(content));
      } else {
        for (Pem.Block block : Pem.blocks(content, "X509 CRL")) {
          crls.add(Certificates.crl(block.der()));
        }
      }
    } catch (Pem.Malformed | Certificates.Unreadable e) {
      problems.error(
          file.path(),
          "%s holds a revocation list that cannot be read: %s"
              .formatted(file.value(), e.getMessage()));
      return List.of();
    }
    if (crls.isEmpty()) {
      problems.error(
          file.path(),
          "%s holds no revocation list, expected DER, or PEM (-----BEGIN X509 CRL-----)"
              .formatted(file.value()));
    }
    return crls;
  }

  private byte @Nullable [] content(Located<Path> file) {
    Path path = file.value();
    try (InputStream in = Files.newInputStream(path)) {
      byte[] content = in.readNBytes(LONGEST + 1);
      if (content.length <= LONGEST) {
        return content;
      }
      problems.error(file.path(), "%s is larger than 8 MiB".formatted(path));
    } catch (NoSuchFileException e) {
      problems.error(file.path(), "%s does not exist: put the file there".formatted(path));
    } catch (AccessDeniedException e) {
      problems.error(
          file.path(),
          "%s may not be read by user %s: run as its owner, or change the owner"
              .formatted(path, System.getProperty("user.name")));
    } catch (IOException e) {
      problems.error(file.path(), "%s cannot be read: %s".formatted(path, e.getMessage()));
    }
    return null;
  }

  private boolean belongTogether(
      Located<Path> key, SigningKey signing, Located<Path> own, X509Certificate certificate) {
    try {
      if (signing.belongsTo(Certificates.key(certificate))) {
        return true;
      }
    } catch (VerificationKey.Unusable _) {
      return false; // reported when the file was read
    }
    problems.error(
        key.path(),
        "%s is not the private key of the first certificate in %s (%s): expected the pair"
            .formatted(key.value(), own.value(), subject(certificate)));
    return false;
  }

  /** Warnings only: a box without a battery boots with a wrong clock. */
  private void dates(Located<Path> file, List<X509Certificate> certificates) {
    Instant now = Instant.now();
    for (X509Certificate certificate : certificates) {
      if (now.isAfter(certificate.getNotAfter().toInstant())
          || now.isBefore(certificate.getNotBefore().toInstant())) {
        problems.warning(
            file.path(),
            "%s: %s is valid from %s to %s only, and it is %s: renew it, or correct the clock"
                .formatted(
                    file.value(),
                    subject(certificate),
                    certificate.getNotBefore().toInstant(),
                    certificate.getNotAfter().toInstant(),
                    now));
      }
    }
  }

  private void dates(String path, Path file, List<X509CRL> crls) {
    Instant now = Instant.now();
    for (X509CRL crl : crls) {
      if (crl.getNextUpdate() != null && now.isAfter(crl.getNextUpdate().toInstant())) {
        problems.warning(
            path,
            "%s: the list of %s ended on %s, so its certificates will be refused: fetch a new one"
                .formatted(
                    file,
                    Names.text(crl.getIssuerX500Principal()),
                    crl.getNextUpdate().toInstant()));
      }
    }
  }

  private static String subject(X509Certificate certificate) {
    return Names.text(certificate.getSubjectX500Principal());
  }
}
