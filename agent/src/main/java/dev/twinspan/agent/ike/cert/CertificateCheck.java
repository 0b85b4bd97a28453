package dev.twinspan.agent.ike.cert;

import dev.twinspan.agent.ike.crypto.VerificationKey;
import dev.twinspan.agent.ike.message.IkeId;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a peer's certificates prove an identity, in this order: a path of at most {@link
 * #LONGEST_PATH} to a trusted one, each signed by the next; dates; the path rules of RFC 5280;
 * revocation; the name. The first thing wrong is told.
 */
public final class CertificateCheck {
  /** Certificates of one peer that are looked at. */
  static final int LONGEST_PATH = 8;

  private static final int DIGITAL_SIGNATURE = 0;
  private static final int NON_REPUDIATION = 1;

  private final TrustStore trust;
  private final Instant now;

  private CertificateCheck(TrustStore trust, Instant now) {
    this.trust = trust;
    this.now = now;
  }

  /** What came of it. */
  public sealed interface Result {
    /**
     * @param key with which the peer must have signed
     */
    record Trusted(VerificationKey key, String subject) implements Result {}

    record Refused(CertificateFault fault) implements Result {}
  }

  /** Ends a check at the first fault. */
  static final class Fault extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient CertificateFault fault;

    Fault(CertificateFault fault) {
      super(null, null, false, false);
      this.fault = fault;
    }
  }

  /**
   * @param ders as the peer sent them: its own first, those between it and the CA in any order
   * @param id what it calls itself
   */
  public static Result check(List<byte[]> ders, IkeId id, TrustStore trust, Instant now) {
    try {
      return new CertificateCheck(trust, now).check(ders, id);
    } catch (Fault e) {
      return new Result.Refused(e.fault);
    }
  }

  private Result check(List<byte[]> ders, IkeId id) throws Fault {
    List<X509Certificate> sent = read(ders);
    X509Certificate own = sent.getFirst();
    VerificationKey key = key(own);
    if (trust.anchors().contains(own)) {
      dates(List.of(own));
    } else {
      List<X509Certificate> path = path(sent);
      dates(path);
      rules(path);
      Revocation.check(path, trust.crls(), now);
    }
    usage(own);
    if (!Names.certifies(own, id)) {
      throw new Fault(
          new CertificateFault.WrongSubject(subject(own), Names.all(own), Names.text(id)));
    }
    return new Result.Trusted(key, subject(own));
  }

  private static List<X509Certificate> read(List<byte[]> ders) throws Fault {
    if (ders.isEmpty()) {
      throw new Fault(new CertificateFault.Missing());
    }
    List<X509Certificate> sent = new ArrayList<>();
    for (byte[] der : ders.subList(0, Math.min(ders.size(), LONGEST_PATH))) {
      try {
        sent.add(Certificates.certificate(der));
      } catch (Certificates.Unreadable e) {
        throw new Fault(new CertificateFault.Unreadable("" + e.getMessage()));
      }
    }
    return sent;
  }

  /** From the peer's own up to the trusted one, which is the last. */
  private List<X509Certificate> path(List<X509Certificate> sent) throws Fault {
    List<X509Certificate> path = new ArrayList<>(List.of(sent.getFirst()));
    List<X509Certificate> left = new ArrayList<>(sent.subList(1, sent.size()));
    while (true) {
      X509Certificate current = path.getLast();
      X509Certificate anchor = issuer(current, trust.anchors());
      if (anchor != null) {
        path.add(anchor);
        return path;
      }
      X509Certificate next = issuer(current, left);
      if (next == null) {
        throw new Fault(noIssuer(current, left));
      }
      path.add(next);
      left.remove(next);
    }
  }

  private static @Nullable X509Certificate issuer(
      X509Certificate of, List<X509Certificate> candidates) throws Fault {
    for (X509Certificate candidate : candidates) {
      if (candidate.getSubjectX500Principal().equals(of.getIssuerX500Principal())
          && Certificates.isSignedBy(key(candidate), of)) {
        return candidate;
      }
    }
    return null;
  }

  private CertificateFault noIssuer(X509Certificate of, List<X509Certificate> sent) {
    String issuer = Names.text(of.getIssuerX500Principal());
    boolean named =
        trust.anchors().stream()
                .anyMatch(a -> a.getSubjectX500Principal().equals(of.getIssuerX500Principal()))
            || sent.stream()
                .anyMatch(c -> c.getSubjectX500Principal().equals(of.getIssuerX500Principal()));
    return named
        ? new CertificateFault.BadSignature(subject(of), issuer)
        : new CertificateFault.UnknownCa(subject(of), issuer, trust.subjects());
  }

  private void dates(List<X509Certificate> path) throws Fault {
    for (X509Certificate certificate : path) {
      Instant notBefore = certificate.getNotBefore().toInstant();
      Instant notAfter = certificate.getNotAfter().toInstant();
      if (now.isBefore(notBefore)) {
        throw new Fault(new CertificateFault.NotYetValid(subject(certificate), notBefore, now));
      }
      if (now.isAfter(notAfter)) {
        throw new Fault(new CertificateFault.Expired(subject(certificate), notAfter, now));
      }
    }
  }

  /** RFC 5280 section 6: who may sign certificates, path lengths, name constraints and the rest. */
  private void rules(List<X509Certificate> path) throws Fault {
    try {
      PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(path.getLast(), null)));
      parameters.setRevocationEnabled(false); // by Revocation, with a sentence for each case
      parameters.setDate(Date.from(now));
      CertPathValidator.getInstance("PKIX")
          .validate(
              Certificates.factory().generateCertPath(path.subList(0, path.size() - 1)),
              parameters);
    } catch (CertPathValidatorException e) {
      X509Certificate at = path.get(Math.max(0, e.getIndex()));
      throw new Fault(
          new CertificateFault.Unsuitable(subject(at), Names.printable("" + e.getMessage())));
    } catch (GeneralSecurityException e) {
      throw new Fault(
          new CertificateFault.Unsuitable(
              subject(path.getFirst()), Names.printable("" + e.getMessage())));
    }
  }

  /** RFC 4945 section 5.1.3.2. */
  private static void usage(X509Certificate own) throws Fault {
    boolean[] usage = own.getKeyUsage();
    if (usage != null && !usage[DIGITAL_SIGNATURE] && !usage[NON_REPUDIATION]) {
      throw new Fault(
          new CertificateFault.Unsuitable(
              subject(own), "its key usage does not allow signatures (digitalSignature)"));
    }
  }

  static VerificationKey key(X509Certificate certificate) throws Fault {
    try {
      return Certificates.key(certificate);
    } catch (VerificationKey.Unusable e) {
      throw new Fault(
          new CertificateFault.Unsuitable(subject(certificate), "it has " + e.getMessage()));
    }
  }

  static String subject(X509Certificate certificate) {
    return Names.text(certificate.getSubjectX500Principal());
  }
}
