package dev.twinspan.agent.ike.cert;

import dev.twinspan.agent.ike.crypto.SignatureScheme;
import dev.twinspan.agent.ike.crypto.VerificationKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.cert.CRLException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;

/**
 * Certificates and CRLs from their bytes. The JDK's parser: it is in the JDK, it is what every TLS
 * connection of a Java program goes through, and GraalVM registers it for a native image by itself.
 */
public final class Certificates {
  /** Longest certificate of a peer that is looked at, bytes. RSA-4096 with many names has 2,500. */
  static final int LONGEST = 16 << 10;

  private Certificates() {}

  /** Bytes that are no certificate; the detail is fit for a terminal. */
  public static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String detail) {
      super(detail);
    }
  }

  /**
   * @param der one certificate and nothing else
   */
  public static X509Certificate certificate(byte[] der) throws Unreadable {
    if (der.length > LONGEST) {
      throw new Unreadable("%d bytes long; at most %d".formatted(der.length, LONGEST));
    }
    try {
      if (der.length == 0 || der[0] != 0x30) { // the JDK would also read PEM
        throw new Unreadable("not DER");
      }
      X509Certificate certificate =
          (X509Certificate) factory().generateCertificate(new ByteArrayInputStream(der));
      if (!Arrays.equals(certificate.getEncoded(), der)) {
        throw new Unreadable("more than one certificate, or not DER");
      }
      return certificate;
    } catch (CertificateException e) {
      throw new Unreadable(Names.printable("" + e.getMessage()));
    }
  }

  public static X509CRL crl(byte[] der) throws Unreadable {
    try {
      if (der.length == 0 || der[0] != 0x30) {
        throw new Unreadable("not DER");
      }
      return (X509CRL) factory().generateCRL(new ByteArrayInputStream(der));
    } catch (CertificateException | CRLException e) {
      throw new Unreadable(Names.printable("" + e.getMessage()));
    }
  }

  static CertificateFactory factory() throws CertificateException {
    return CertificateFactory.getInstance("X.509");
  }

  public static VerificationKey key(X509Certificate certificate) throws VerificationKey.Unusable {
    return VerificationKey.of(certificate.getPublicKey().getEncoded());
  }

  /** Whether the issuer's key signed it, in a scheme that is accepted. */
  public static boolean isSignedBy(VerificationKey issuer, X509Certificate certificate) {
    try {
      return isSigned(issuer, certificate.getEncoded(), certificate.getTBSCertificate());
    } catch (CertificateEncodingException _) {
      return false;
    }
  }

  public static boolean isSignedBy(VerificationKey issuer, X509CRL crl) {
    try {
      return isSigned(issuer, crl.getEncoded(), crl.getTBSCertList());
    } catch (CRLException _) {
      return false;
    }
  }

  /**
   * Certificate and CRL alike: SEQUENCE of what is signed, the AlgorithmIdentifier, the signature
   * as a BIT STRING of whole octets. Nothing of what stands outside the signed part may be altered
   * and still pass: two certificates that differ in a byte are not both the CA's.
   */
  private static boolean isSigned(VerificationKey issuer, byte[] whole, byte[] signed) {
    try {
      ASN1Sequence outer = ASN1Sequence.getInstance(ASN1Primitive.fromByteArray(whole));
      byte[] algorithm = outer.getObjectAt(1).toASN1Primitive().getEncoded();
      SignatureScheme scheme = SignatureScheme.of(algorithm);
      return scheme != null
          && outer.getObjectAt(2) instanceof ASN1BitString signature
          && signature.getPadBits() == 0
          && issuer.verifies(scheme, signature.getOctets(), signed);
    } catch (IOException
        | ClassCastException
        | IllegalArgumentException
        | IllegalStateException _) {
      return false;
    }
  }
}
