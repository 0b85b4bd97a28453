package dev.twinspan.agent.ike.crypto;

import dev.twinspan.agent.crypto.FipsModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.AsymmetricPrivateKey;
import org.bouncycastle.crypto.OutputSignerUsingSecureRandom;
import org.bouncycastle.crypto.UpdateOutputStream;
import org.bouncycastle.crypto.asymmetric.AsymmetricECPrivateKey;
import org.bouncycastle.crypto.asymmetric.AsymmetricRSAPrivateKey;
import org.bouncycastle.crypto.fips.FipsEC;
import org.bouncycastle.crypto.fips.FipsRSA;

/**
 * A private key that signs AUTH payloads, in Bouncy Castle FIPS. Never prints. For one thread at a
 * time.
 *
 * <p>It is kept as bytes, which can be overwritten, and made a key of the module when it is used:
 * the module does not let a key pass between its general and its approved mode, and which of them
 * holds is up to the thread.
 */
public final class SigningKey {
  private final byte[] pkcs8;
  private final boolean rsa;
  private final int bits;
  private boolean destroyed;

  private SigningKey(byte[] pkcs8, boolean rsa, int bits) {
    this.pkcs8 = pkcs8;
    this.rsa = rsa;
    this.bits = bits;
  }

  /**
   * @param pkcs8 PrivateKeyInfo in DER (RFC 5208), without encryption; copied, the caller's to zero
   */
  public static SigningKey of(byte[] pkcs8) throws VerificationKey.Unusable {
    FipsModule.start();
    AsymmetricPrivateKey parsed = null;
    try {
      parsed = parsed(pkcs8);
      return switch (parsed) {
        case AsymmetricRSAPrivateKey key ->
            new SigningKey(pkcs8.clone(), true, key.getModulus().bitLength());
        case AsymmetricECPrivateKey key ->
            new SigningKey(
                pkcs8.clone(), false, key.getDomainParameters().getCurve().getFieldSize());
        default -> throw new IllegalStateException("neither RSA nor EC");
      };
    } catch (IOException
        | ClassCastException
        | IllegalArgumentException
        | IllegalStateException _) {
      throw new VerificationKey.Unusable("a key that cannot be read");
    } finally {
      if (parsed != null) {
        destroy(parsed);
      }
    }
  }

  private static AsymmetricPrivateKey parsed(byte[] pkcs8)
      throws IOException, VerificationKey.Unusable {
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(ASN1Primitive.fromByteArray(pkcs8));
    if (info == null) { // of no bytes the library makes null
      throw new VerificationKey.Unusable("a key that cannot be read");
    }
    ASN1ObjectIdentifier oid = info.getPrivateKeyAlgorithm().getAlgorithm();
    if (oid.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return new AsymmetricRSAPrivateKey(FipsRSA.ALGORITHM, info);
    }
    if (oid.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return new AsymmetricECPrivateKey(FipsEC.ALGORITHM, info);
    }
    throw new VerificationKey.Unusable("a key of type " + oid.getId() + "; expected RSA or ECDSA");
  }

  private AsymmetricPrivateKey open() {
    if (destroyed) {
      throw new IllegalStateException("the key was destroyed");
    }
    try {
      return parsed(pkcs8);
    } catch (IOException | VerificationKey.Unusable e) {
      throw new IllegalStateException("a key that was readable before", e);
    }
  }

  public boolean isRsa() {
    return rsa;
  }

  /**
   * In what to sign for a peer that takes these hashes: the one as strong as the key, else the
   * first that it takes. RSASSA-PKCS1-v1_5 rather than PSS, which not every peer reads.
   *
   * @param accepted not empty
   */
  public SignatureScheme scheme(List<SignatureHash> accepted) {
    SignatureHash fitting = fittingHash();
    SignatureHash hash = accepted.contains(fitting) ? fitting : accepted.getFirst();
    return rsa ? SignatureScheme.rsaPkcs1(hash) : SignatureScheme.ecdsa(hash);
  }

  private SignatureHash fittingHash() {
    return bits < (rsa ? 3072 : 384) ? SignatureHash.SHA2_256 : SignatureHash.SHA2_384;
  }

  /** 256 or 384; 0 for RSA. */
  public int curveBits() {
    return rsa ? 0 : bits;
  }

  public byte[] sign(SignatureScheme scheme, byte[] data) {
    AsymmetricPrivateKey key = open();
    try {
      OutputSignerUsingSecureRandom<?> signer =
          signer(key, scheme).withSecureRandom(FipsModule.random());
      try (UpdateOutputStream out = signer.getSigningStream()) {
        out.write(data);
      }
      return signer.getSignature();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot sign: " + scheme.text(), e);
    } finally {
      destroy(key);
    }
  }

  private OutputSignerUsingSecureRandom<?> signer(
      AsymmetricPrivateKey key, SignatureScheme scheme) {
    return switch (scheme.kind()) {
      case RSA_PKCS1 ->
          new FipsRSA.SignatureOperatorFactory<FipsRSA.PKCS1v15SignatureParameters>()
              .createSigner(key, FipsRSA.PKCS1v1_5.withDigestAlgorithm(scheme.hash().digest()));
      case RSA_PSS ->
          new FipsRSA.SignatureOperatorFactory<FipsRSA.PSSSignatureParameters>()
              .createSigner(
                  key,
                  FipsRSA.PSS
                      .withDigestAlgorithm(scheme.hash().digest())
                      .withMGFDigest(scheme.hash().digest())
                      .withSaltLength(scheme.saltLength()));
      case ECDSA ->
          new FipsEC.DSAOperatorFactory()
              .createSigner(key, FipsEC.DSA.withDigestAlgorithm(scheme.hash().digest()));
    };
  }

  /** Whether this public key is the other half. */
  public boolean belongsTo(VerificationKey publicKey) {
    byte[] anything = {0x54, 0x77, 0x69, 0x6e};
    SignatureScheme scheme = scheme(List.of(SignatureHash.values()));
    return publicKey.verifies(scheme, sign(scheme, anything), anything);
  }

  private static void destroy(AsymmetricPrivateKey key) {
    switch (key) {
      case AsymmetricRSAPrivateKey rsaKey -> rsaKey.destroy();
      case AsymmetricECPrivateKey ecKey -> ecKey.destroy();
      default -> throw new IllegalStateException("neither RSA nor EC");
    }
  }

  /** Zeroes it. */
  public void destroy() {
    Arrays.fill(pkcs8, (byte) 0);
    destroyed = true;
  }

  @Override
  public String toString() {
    return "SigningKey[***]";
  }
}
