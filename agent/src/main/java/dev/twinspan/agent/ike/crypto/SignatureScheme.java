package dev.twinspan.agent.ike.crypto;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSASSAPSSparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.jspecify.annotations.Nullable;

/**
 * How something is signed, and its AlgorithmIdentifier as it stands in AUTH payloads (RFC 7427
 * appendix A) and in certificates (RFC 5280 section 4.1.1.2).
 *
 * @param saltLength of RSASSA-PSS, bytes; 0 for the others
 */
public record SignatureScheme(Kind kind, SignatureHash hash, int saltLength) {
  /** What key it takes and how the hash is padded. */
  public enum Kind {
    RSA_PKCS1,
    RSA_PSS,
    ECDSA
  }

  public static SignatureScheme rsaPkcs1(SignatureHash hash) {
    return new SignatureScheme(Kind.RSA_PKCS1, hash, 0);
  }

  /** With a salt as long as the hash, as everybody has it. */
  public static SignatureScheme rsaPss(SignatureHash hash) {
    return new SignatureScheme(Kind.RSA_PSS, hash, hash.length());
  }

  public static SignatureScheme ecdsa(SignatureHash hash) {
    return new SignatureScheme(Kind.ECDSA, hash, 0);
  }

  /** DER. */
  public byte[] algorithmIdentifier() {
    AlgorithmIdentifier identifier =
        switch (kind) {
          case RSA_PKCS1 -> new AlgorithmIdentifier(hash.rsaOid(), DERNull.INSTANCE);
          case RSA_PSS -> new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSASSA_PSS, pss());
          case ECDSA -> new AlgorithmIdentifier(hash.ecdsaOid());
        };
    try {
      return identifier.getEncoded("DER");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private RSASSAPSSparams pss() {
    AlgorithmIdentifier digest = new AlgorithmIdentifier(hash.oid(), DERNull.INSTANCE);
    return new RSASSAPSSparams(
        digest,
        new AlgorithmIdentifier(PKCSObjectIdentifiers.id_mgf1, digest),
        new org.bouncycastle.asn1.ASN1Integer(saltLength),
        RSASSAPSSparams.DEFAULT_TRAILER_FIELD);
  }

  /**
   * Null for anything but one AlgorithmIdentifier of a scheme that is accepted: no SHA-1, no MD5,
   * and with PSS the same hash twice.
   */
  public static @Nullable SignatureScheme of(byte[] der) {
    try {
      AlgorithmIdentifier identifier =
          AlgorithmIdentifier.getInstance(ASN1Primitive.fromByteArray(der));
      return identifier == null ? null : of(identifier);
    } catch (IOException
        | ClassCastException
        | IllegalArgumentException
        | IllegalStateException _) {
      return null;
    }
  }

  // ClassCastException: the library casts the fields of RSASSA-PSS without a look at them.
  private static @Nullable SignatureScheme of(AlgorithmIdentifier identifier) {
    ASN1ObjectIdentifier oid = identifier.getAlgorithm();
    ASN1Encodable parameters = identifier.getParameters();
    if (oid.equals(PKCSObjectIdentifiers.id_RSASSA_PSS)) {
      return parameters == null ? null : pss(RSASSAPSSparams.getInstance(parameters));
    }
    for (SignatureHash hash : SignatureHash.values()) {
      if (oid.equals(hash.rsaOid()) && isNull(parameters)) {
        return rsaPkcs1(hash);
      }
      if (oid.equals(hash.ecdsaOid()) && parameters == null) {
        return ecdsa(hash);
      }
    }
    return null;
  }

  private static @Nullable SignatureScheme pss(RSASSAPSSparams parameters) {
    AlgorithmIdentifier mgf = parameters.getMaskGenAlgorithm();
    SignatureHash hash = SignatureHash.of(parameters.getHashAlgorithm().getAlgorithm());
    if (hash == null
        || !mgf.getAlgorithm().equals(PKCSObjectIdentifiers.id_mgf1)
        || mgf.getParameters() == null
        || SignatureHash.of(AlgorithmIdentifier.getInstance(mgf.getParameters()).getAlgorithm())
            != hash
        || !parameters.getTrailerField().equals(BigInteger.ONE)) {
      return null;
    }
    BigInteger salt = parameters.getSaltLength();
    // FIPS 186-5 section 5.4: at most as long as the hash.
    return salt.signum() < 0 || salt.compareTo(BigInteger.valueOf(hash.length())) > 0
        ? null
        : new SignatureScheme(Kind.RSA_PSS, hash, salt.intValueExact());
  }

  /** RFC 4055 section 5: NULL, and absent by writers that do not know better. */
  private static boolean isNull(@Nullable ASN1Encodable parameters) {
    return parameters == null || DERNull.INSTANCE.equals(parameters.toASN1Primitive());
  }

  /** As people know it: {@code RSA-PSS with SHA-256}. */
  public String text() {
    String name =
        switch (kind) {
          case RSA_PKCS1 -> "RSA";
          case RSA_PSS -> "RSA-PSS";
          case ECDSA -> "ECDSA";
        };
    return name + " with " + hash.text();
  }
}
