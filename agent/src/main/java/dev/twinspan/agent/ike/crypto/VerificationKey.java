package dev.twinspan.agent.ike.crypto;

import dev.twinspan.agent.crypto.FipsModule;
import java.io.IOException;
import java.math.BigInteger;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.AsymmetricPublicKey;
import org.bouncycastle.crypto.OutputVerifier;
import org.bouncycastle.crypto.UpdateOutputStream;
import org.bouncycastle.crypto.asymmetric.AsymmetricECPublicKey;
import org.bouncycastle.crypto.asymmetric.AsymmetricRSAPublicKey;
import org.bouncycastle.crypto.fips.FipsEC;
import org.bouncycastle.crypto.fips.FipsRSA;

/**
 * A public key that signatures are verified with, by Bouncy Castle FIPS: RSA of 2048 to 8192 bits,
 * ECDSA on P-256 and P-384. Immutable.
 */
public final class VerificationKey {
  private static final int RSA_LEAST = 2048;

  /** What more would buy in security it would cost in time, at a stranger's command. */
  private static final int RSA_MOST = 8192;

  /** FIPS 186-5 section A.1.1, which the module insists on in its approved mode. */
  private static final BigInteger EXPONENT_LEAST = BigInteger.valueOf(65_537);

  private static final int EXPONENT_MOST_BITS = 64;

  private final AsymmetricPublicKey key;
  private final String text;
  private final int curveBits;

  private VerificationKey(AsymmetricPublicKey key, String text, int curveBits) {
    this.key = key;
    this.text = text;
    this.curveBits = curveBits;
  }

  /** A key that is not to be used, and why. */
  public static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;

    Unusable(String sentence) {
      super(sentence);
    }
  }

  /**
   * @param subjectPublicKeyInfo DER, RFC 5280 section 4.1
   */
  public static VerificationKey of(byte[] subjectPublicKeyInfo) throws Unusable {
    FipsModule.start();
    try {
      SubjectPublicKeyInfo info =
          SubjectPublicKeyInfo.getInstance(ASN1Primitive.fromByteArray(subjectPublicKeyInfo));
      if (info == null) { // of no bytes the library makes null
        throw new Unusable("a key that cannot be read");
      }
      ASN1ObjectIdentifier oid = info.getAlgorithm().getAlgorithm();
      if (oid.equals(PKCSObjectIdentifiers.rsaEncryption)) {
        return rsa(info);
      }
      if (oid.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
        return ec(info);
      }
      throw new Unusable("a key of type " + oid.getId() + "; expected RSA or ECDSA");
    } catch (IOException
        | ClassCastException
        | IllegalArgumentException
        | IllegalStateException _) {
      throw new Unusable("a key that cannot be read");
    }
  }

  private static VerificationKey rsa(SubjectPublicKeyInfo info) throws IOException, Unusable {
    RSAPublicKey parts = RSAPublicKey.getInstance(info.parsePublicKey());
    if (parts == null) {
      throw new Unusable("a key that cannot be read");
    }
    BigInteger modulus = parts.getModulus();
    int bits = modulus.bitLength();
    if (bits < RSA_LEAST || bits > RSA_MOST) {
      throw new Unusable(
          "an RSA key of %d bits; expected %d to %d".formatted(bits, RSA_LEAST, RSA_MOST));
    }
    BigInteger exponent = parts.getPublicExponent();
    if (exponent.compareTo(EXPONENT_LEAST) < 0
        || exponent.bitLength() > EXPONENT_MOST_BITS
        || !exponent.testBit(0)) {
      throw new Unusable("an RSA key with an unusual exponent; expected 65537");
    }
    return new VerificationKey(
        new AsymmetricRSAPublicKey(FipsRSA.ALGORITHM, info), "RSA-" + bits, 0);
  }

  private static VerificationKey ec(SubjectPublicKeyInfo info) throws Unusable {
    if (!(info.getAlgorithm().getParameters() instanceof ASN1ObjectIdentifier curve)) {
      throw new Unusable("an ECDSA key without a named curve; expected P-256 or P-384");
    }
    int bits =
        curve.equals(X9ObjectIdentifiers.prime256v1)
            ? 256
            : curve.equals(SECObjectIdentifiers.secp384r1) ? 384 : 0;
    if (bits == 0) {
      throw new Unusable(
          "an ECDSA key on the curve " + curve.getId() + "; expected P-256 or P-384");
    }
    return new VerificationKey(
        new AsymmetricECPublicKey(FipsEC.ALGORITHM, info), "ECDSA P-" + bits, bits);
  }

  /** As people know it: {@code RSA-2048}, {@code ECDSA P-256}. */
  public String text() {
    return text;
  }

  /** 256 or 384; 0 for RSA. */
  public int curveBits() {
    return curveBits;
  }

  /** Whether this key signed the data, in this scheme. */
  public boolean verifies(SignatureScheme scheme, byte[] signature, byte[] data) {
    boolean rsa = key instanceof AsymmetricRSAPublicKey;
    if (rsa == (scheme.kind() == SignatureScheme.Kind.ECDSA)) {
      return false;
    }
    try {
      OutputVerifier<?> verifier = verifier(scheme);
      try (UpdateOutputStream out = verifier.getVerifyingStream()) {
        out.write(data);
      }
      return verifier.isVerified(signature);
    } catch (IOException
        | ClassCastException
        | IllegalArgumentException
        | IllegalStateException _) {
      return false;
    }
  }

  private OutputVerifier<?> verifier(SignatureScheme scheme) {
    return switch (scheme.kind()) {
      case RSA_PKCS1 ->
          new FipsRSA.SignatureOperatorFactory<FipsRSA.PKCS1v15SignatureParameters>()
              .createVerifier(key, FipsRSA.PKCS1v1_5.withDigestAlgorithm(scheme.hash().digest()));
      case RSA_PSS ->
          new FipsRSA.SignatureOperatorFactory<FipsRSA.PSSSignatureParameters>()
              .createVerifier(
                  key,
                  FipsRSA.PSS
                      .withDigestAlgorithm(scheme.hash().digest())
                      .withMGFDigest(scheme.hash().digest())
                      .withSaltLength(scheme.saltLength()));
      case ECDSA ->
          new FipsEC.DSAOperatorFactory()
              .createVerifier(key, FipsEC.DSA.withDigestAlgorithm(scheme.hash().digest()));
    };
  }
}
