package dev.twinspan.agent.ike.cert;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a certificate is not believed; each carries the values seen. Names in it are fit for a
 * terminal.
 */
public sealed interface CertificateFault {
  /** None was sent in an encoding that is known. */
  record Missing() implements CertificateFault {}

  record Unreadable(String detail) implements CertificateFault {}

  /**
   * @param trusted subjects of the trust file
   */
  record UnknownCa(String subject, String issuer, List<String> trusted)
      implements CertificateFault {}

  /** It names an issuer that did not sign it. */
  record BadSignature(String subject, String issuer) implements CertificateFault {}

  record NotYetValid(String subject, Instant notBefore, Instant now) implements CertificateFault {}

  record Expired(String subject, Instant notAfter, Instant now) implements CertificateFault {}

  /**
   * @param serial hexadecimal
   * @param why the CRL's reason, e.g. {@code key compromise}; empty: not told
   */
  record Revoked(String subject, String serial, Instant since, String why)
      implements CertificateFault {}

  /**
   * CRLs are configured, and none says anything about this issuer's certificates now.
   *
   * @param outdated when the CRL there is ended; null: there is none of this issuer
   */
  record RevocationUnknown(String issuer, @Nullable Instant outdated, Instant now)
      implements CertificateFault {}

  /**
   * It is good, and another's.
   *
   * @param certified the names it has
   * @param expected the identity to be proven
   */
  record WrongSubject(String subject, List<String> certified, String expected)
      implements CertificateFault {}

  /** Against the rules of RFC 5280, or too weak. */
  record Unsuitable(String subject, String detail) implements CertificateFault {}
}
