package dev.twinspan.agent.ike.cert;

import dev.twinspan.agent.ike.crypto.VerificationKey;
import java.security.cert.CRLReason;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Revocation lists from a file, RFC 5280 section 6.3 for complete lists signed by the certificate's
 * own issuer. Where lists are configured, the issuer of the peer's own certificate must have a
 * current one; CAs further up are looked up where they have one.
 */
final class Revocation {
  private Revocation() {}

  /**
   * @param path from the peer's own to the trusted one
   */
  static void check(List<X509Certificate> path, List<X509CRL> crls, Instant now)
      throws CertificateCheck.Fault {
    if (crls.isEmpty()) {
      return;
    }
    for (int i = 0; i + 1 < path.size(); i++) {
      X509Certificate issuer = path.get(i + 1);
      X509CRL crl = latest(issuer, crls);
      if (crl != null) {
        look(path.get(i), crl);
      }
      if (crl == null ? i == 0 : isOutdated(crl, now)) {
        Instant end = crl == null ? null : crl.getNextUpdate().toInstant();
        throw new CertificateCheck.Fault(
            new CertificateFault.RevocationUnknown(CertificateCheck.subject(issuer), end, now));
      }
    }
  }

  private static boolean isOutdated(X509CRL crl, Instant now) {
    return crl.getNextUpdate() != null && now.isAfter(crl.getNextUpdate().toInstant());
  }

  private static @Nullable X509CRL latest(X509Certificate issuer, List<X509CRL> crls)
      throws CertificateCheck.Fault {
    VerificationKey key = CertificateCheck.key(issuer);
    X509CRL latest = null;
    for (X509CRL crl : crls) {
      // Critical extensions: delta lists, and lists of some certificates only.
      boolean usable =
          crl.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
              && (crl.getCriticalExtensionOIDs() == null
                  || crl.getCriticalExtensionOIDs().isEmpty())
              && Certificates.isSignedBy(key, crl);
      if (usable && (latest == null || crl.getThisUpdate().after(latest.getThisUpdate()))) {
        latest = crl;
      }
    }
    return latest;
  }

  private static void look(X509Certificate certificate, X509CRL crl) throws CertificateCheck.Fault {
    X509CRLEntry entry = crl.getRevokedCertificate(certificate.getSerialNumber());
    if (entry != null) {
      CRLReason reason = entry.getRevocationReason();
      throw new CertificateCheck.Fault(
          new CertificateFault.Revoked(
              CertificateCheck.subject(certificate),
              certificate.getSerialNumber().toString(16),
              entry.getRevocationDate().toInstant(),
              reason == null ? "" : reason.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
    }
  }
}
