package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.cert.CertificateFault;
import dev.twinspan.agent.ike.cert.Names;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Why a certificate, the peer's or ours, was refused: what was seen, what was expected, and the
 * setting that decides. All of it was seen by ourselves, unless the peer only says no.
 */
final class CertificateFaults {
  private static final String TRUST = "certificate.trust-file";
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private CertificateFaults() {}

  static Failure of(IkePeer peer, CertificateFault fault) {
    return switch (fault) {
      case CertificateFault.Missing() ->
          failure(
              peer,
              "certificate-missing",
              "%s sends no certificate, expected one from a CA in %s: let it send its certificate and those of its intermediate CAs"
                  .formatted(Faults.who(peer), TRUST),
              "certificate seen",
              "none",
              "setting",
              TRUST);
      case CertificateFault.Unreadable(String detail) ->
          failure(
              peer,
              "certificate-unreadable",
              "%s sends a certificate that cannot be read (%s), expected X.509 in DER: install another certificate at the peer"
                  .formatted(Faults.who(peer), detail),
              "parser says",
              detail,
              "setting",
              "the peer's certificate");
      case CertificateFault.UnknownCa(String subject, String issuer, var trusted) ->
          failure(
              peer,
              "certificate-unknown-ca",
              "%s sends a certificate of %s from the CA %s, which is not trusted here; trusted: %s: add the CA's certificate to %s, or let the peer send its intermediate CAs too"
                  .formatted(Faults.who(peer), subject, issuer, String.join("; ", trusted), TRUST),
              "certificate seen",
              subject,
              "CA seen",
              issuer,
              "CAs trusted",
              String.join("; ", trusted),
              "setting",
              TRUST);
      case CertificateFault.BadSignature(String subject, String issuer) ->
          failure(
              peer,
              "certificate-bad-signature",
              "%s sends a certificate of %s that names %s as its CA, but that CA's key did not sign it: if the CA's key was renewed, put its present certificate into %s; else the certificate is forged or damaged"
                  .formatted(Faults.who(peer), subject, issuer, TRUST),
              "certificate seen",
              subject,
              "CA named",
              issuer,
              "setting",
              TRUST);
      case CertificateFault.NotYetValid(String subject, Instant notBefore, Instant now) ->
          failure(
              peer,
              "certificate-not-yet-valid",
              "%s sends the certificate %s, valid from %s; it is %s here: correct this box's clock, or wait for the certificate to become valid"
                  .formatted(Faults.who(peer), subject, DAY.format(notBefore), DAY.format(now)),
              "valid from",
              DAY.format(notBefore),
              "time here",
              DAY.format(now),
              "setting",
              "the clock, or the peer's certificate");
      case CertificateFault.Expired(String subject, Instant notAfter, Instant now) ->
          failure(
              peer,
              "certificate-expired",
              "%s sends the certificate %s, valid until %s; it is %s here: renew that certificate, or correct this box's clock"
                  .formatted(Faults.who(peer), subject, DAY.format(notAfter), DAY.format(now)),
              "valid until",
              DAY.format(notAfter),
              "time here",
              DAY.format(now),
              "setting",
              "the peer's certificate");
      case CertificateFault.Revoked(String subject, String serial, Instant since, String why) ->
          failure(
              peer,
              "certificate-revoked",
              "%s sends the certificate %s (serial %s), revoked on %s%s by the list in certificate.crl-file: install a new certificate at the peer"
                  .formatted(
                      Faults.who(peer),
                      subject,
                      serial,
                      DAY.format(since),
                      why.isEmpty() ? "" : " (" + why + ")"),
              "serial",
              serial,
              "revoked on",
              DAY.format(since),
              "setting",
              "certificate.crl-file");
      case CertificateFault.RevocationUnknown(String issuer, var outdated, Instant now) ->
          failure(
              peer,
              "certificate-revocation-unknown",
              "%s sends a certificate of which nobody here knows whether it is revoked: certificate.crl-file has %s; put a current list of that CA there, or leave crl-file out"
                  .formatted(
                      Faults.who(peer),
                      outdated == null
                          ? "no list signed by " + issuer
                          : "a list of %s that ended on %s, and it is %s here"
                              .formatted(issuer, DAY.format(outdated), DAY.format(now))),
              "CA",
              issuer,
              "setting",
              "certificate.crl-file");
      case CertificateFault.WrongSubject(String subject, var certified, String expected) ->
          failure(
              peer,
              "certificate-wrong-subject",
              "%s calls itself %s, but its certificate is for %s: set remote-id to one of these, or install a certificate with that subjectAltName at the peer"
                  .formatted(Faults.who(peer), expected, String.join(", ", certified)),
              "certificate seen",
              subject,
              "names in it",
              String.join(", ", certified),
              "identity expected",
              expected,
              "setting",
              "remote-id");
      case CertificateFault.Unsuitable(String subject, String detail) ->
          failure(
              peer,
              "certificate-unsuitable",
              "%s sends the certificate %s, which must not be used: %s; install one with a key of RSA-2048 or ECDSA P-256 at least, issued for signatures by a CA"
                  .formatted(Faults.who(peer), subject, detail),
              "certificate seen",
              subject,
              "fault",
              detail,
              "setting",
              "the peer's certificate");
    };
  }

  /** The certificate is good, the AUTH payload is not made with its key. */
  static Failure badSignature(IkePeer peer, String subject, String scheme) {
    return failure(
        peer,
        "signature-mismatch",
        "%s sends the certificate %s, but its signature over IKE_AUTH (%s) is not made with that certificate's key: install certificate and private key as a pair at the peer"
            .formatted(Faults.who(peer), subject, scheme),
        "certificate seen",
        subject,
        "signature",
        scheme,
        "setting",
        "the peer's private key");
  }

  static Failure unusableSignature(IkePeer peer, String subject, int method) {
    return failure(
        peer,
        "signature-unusable",
        "%s signs IKE_AUTH for the certificate %s in a way that is not taken (method %d), expected RSA or ECDSA with SHA-256, SHA-384 or SHA-512: choose one of these at the peer"
            .formatted(Faults.who(peer), subject, method),
        "method seen",
        "" + method,
        "setting",
        "the peer's signature algorithm");
  }

  static Failure wrongMethod(IkePeer peer, int method) {
    String seen =
        switch (method) {
          case 0 -> "nothing (EAP asked for)";
          case 1 -> "an RSA signature over SHA-1 (method 1)";
          case 2 -> "a pre-shared key (method 2)";
          default -> "method " + method;
        };
    return failure(
        peer,
        "wrong-auth-method",
        "%s authenticates with %s, expected a certificate with a digital signature (method 14): choose certificates for this connection at the peer, or set psk instead of certificate"
            .formatted(Faults.who(peer), seen),
        "method seen",
        "" + method,
        "method expected",
        "14",
        "setting",
        "certificate");
  }

  /** It did not send SIGNATURE_HASH_ALGORITHMS: all it could read is RSA over SHA-1. */
  static Failure noSignatureHashes(IkePeer peer) {
    return failure(
        peer,
        "signature-unusable",
        "%s takes no RSA signature but over SHA-1 (it sends no SIGNATURE_HASH_ALGORITHMS, RFC 7427), expected SHA-256: switch signature authentication on at the peer, or set psk or an ECDSA certificate"
            .formatted(Faults.who(peer)),
        "setting",
        "certificate.file");
  }

  /** The peer answered AUTHENTICATION_FAILED to our certificate. */
  static Failure refused(IkePeer peer, Credentials.Certificates own) {
    String subject = Names.text(own.chain().getFirst().getSubjectX500Principal());
    String issuer = Names.text(own.chain().getLast().getIssuerX500Principal());
    return new Failure(
        new IkeReason(
            "certificate-refused",
            "%s refuses our authentication (AUTHENTICATION_FAILED) with the certificate %s from %s: it does not trust that CA, holds the certificate for expired or revoked, or does not know us as %s (local-id)"
                .formatted(Faults.who(peer), subject, issuer, Names.text(peer.localId())),
            Faults.details(
                "our certificate",
                subject,
                "its CA",
                issuer,
                "our identity (local-id)",
                Names.text(peer.localId()),
                "peer's answer",
                "AUTHENTICATION_FAILED",
                "setting",
                "certificate.file")),
        Weight.HINT);
  }

  private static Failure failure(
      IkePeer peer, String code, String sentence, String... labelsAndValues) {
    String[] all = new String[labelsAndValues.length + 2];
    all[0] = "peer's identity";
    all[1] = Names.text(peer.remoteId());
    System.arraycopy(labelsAndValues, 0, all, 2, labelsAndValues.length);
    return new Failure(new IkeReason(code, sentence, Faults.details(all)), Weight.EVIDENCE);
  }
}
