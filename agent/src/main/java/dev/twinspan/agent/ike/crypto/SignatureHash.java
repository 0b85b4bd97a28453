package dev.twinspan.agent.ike.crypto;

import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.fips.FipsDigestAlgorithm;
import org.bouncycastle.crypto.fips.FipsSHS;
import org.jspecify.annotations.Nullable;

/**
 * Hashes of signatures (IANA registry <a
 * href="https://www.iana.org/assignments/ikev2-parameters/ikev2-parameters.xhtml#hash-algorithms">"IKEv2
 * Hash Algorithms"</a>, RFC 7427 section 7). SHA-1 (1) is left out: nothing signed with it is
 * believed.
 */
public enum SignatureHash {
  SHA2_256(2, 32),
  SHA2_384(3, 48),
  SHA2_512(4, 64);

  private final int id;
  private final int length;

  SignatureHash(int id, int length) {
    this.id = id;
    this.length = length;
  }

  public int id() {
    return id;
  }

  /** Bytes of its output. */
  public int length() {
    return length;
  }

  static @Nullable SignatureHash of(ASN1ObjectIdentifier oid) {
    for (SignatureHash hash : values()) {
      if (hash.oid().equals(oid)) {
        return hash;
      }
    }
    return null;
  }

  ASN1ObjectIdentifier oid() {
    return switch (this) {
      case SHA2_256 -> NISTObjectIdentifiers.id_sha256;
      case SHA2_384 -> NISTObjectIdentifiers.id_sha384;
      case SHA2_512 -> NISTObjectIdentifiers.id_sha512;
    };
  }

  ASN1ObjectIdentifier rsaOid() {
    return switch (this) {
      case SHA2_256 -> PKCSObjectIdentifiers.sha256WithRSAEncryption;
      case SHA2_384 -> PKCSObjectIdentifiers.sha384WithRSAEncryption;
      case SHA2_512 -> PKCSObjectIdentifiers.sha512WithRSAEncryption;
    };
  }

  ASN1ObjectIdentifier ecdsaOid() {
    return switch (this) {
      case SHA2_256 -> X9ObjectIdentifiers.ecdsa_with_SHA256;
      case SHA2_384 -> X9ObjectIdentifiers.ecdsa_with_SHA384;
      case SHA2_512 -> X9ObjectIdentifiers.ecdsa_with_SHA512;
    };
  }

  FipsDigestAlgorithm digest() {
    return switch (this) {
      case SHA2_256 -> FipsSHS.Algorithm.SHA256;
      case SHA2_384 -> FipsSHS.Algorithm.SHA384;
      case SHA2_512 -> FipsSHS.Algorithm.SHA512;
    };
  }

  /** As people know it: {@code SHA-256}. */
  public String text() {
    return name().replace("SHA2_", "SHA-");
  }
}
