package dev.twinspan.agent.ike.cert;

import dev.twinspan.agent.ike.Credentials;
import dev.twinspan.agent.ike.crypto.SignatureHash;
import dev.twinspan.agent.ike.crypto.SignatureScheme;
import dev.twinspan.agent.ike.crypto.SigningKey;
import dev.twinspan.agent.ike.crypto.VerificationKey;
import dev.twinspan.agent.ike.message.IkeId;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V2TBSCertListGenerator;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;

/** CAs, certificates and revocation lists made to order, good and bad. */
public final class TestPki {
  public static final Instant NOW =
      Instant.now().truncatedTo(java.time.temporal.ChronoUnit.SECONDS);
  private static final AtomicLong SERIALS = new AtomicLong(4096);

  /** Keys are costly and say nothing: one for each kind and use. */
  private static final Map<String, KeyPair> KEYS = new ConcurrentHashMap<>();

  private TestPki() {}

  /** What keys can be. */
  public enum Kind {
    RSA_1024("RSA", 1024),
    RSA_2048("RSA", 2048),
    RSA_3072("RSA", 3072),
    RSA_4096("RSA", 4096),
    P256("EC", 256),
    P384("EC", 384),
    P521("EC", 521);

    private final String algorithm;
    private final int bits;

    Kind(String algorithm, int bits) {
      this.algorithm = algorithm;
      this.bits = bits;
    }

    /** The same for the same use. */
    KeyPair pair(String use) {
      return KEYS.computeIfAbsent(
          this + " " + use,
          _ -> {
            try {
              KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
              if (algorithm.equals("EC")) {
                generator.initialize(new ECGenParameterSpec("secp" + bits + "r1"));
              } else {
                generator.initialize(bits);
              }
              return generator.generateKeyPair();
            } catch (GeneralSecurityException e) {
              throw new AssertionError(e);
            }
          });
    }
  }

  /** A certificate with its key, and those above it. */
  public record Entity(X509Certificate certificate, KeyPair keys, List<X509Certificate> above) {
    public SigningKey key() {
      try {
        return SigningKey.of(keys.getPrivate().getEncoded());
      } catch (VerificationKey.Unusable e) {
        throw new AssertionError(e);
      }
    }

    /** Its own certificate first, then those above it but the root. */
    public List<X509Certificate> chain() {
      List<X509Certificate> chain = new ArrayList<>(List.of(certificate));
      above.stream()
          .filter(c -> !c.getSubjectX500Principal().equals(c.getIssuerX500Principal()))
          .forEach(chain::add);
      return chain;
    }

    public List<byte[]> ders() {
      return chain().stream().map(TestPki::der).toList();
    }

    /** With these to trust, and lists. */
    public Credentials.Certificates credentials(List<Entity> trusted, X509CRL... crls) {
      return new Credentials.Certificates(
          chain(),
          key(),
          new TrustStore(trusted.stream().map(Entity::certificate).toList(), List.of(crls)));
    }

    /** A builder of certificates that this one signs. */
    public Builder issues(Kind kind, String name) {
      return new Builder(this, kind, name);
    }

    public X509CRL crl(Instant thisUpdate, Instant nextUpdate, X509Certificate... revoked) {
      V2TBSCertListGenerator list = new V2TBSCertListGenerator();
      AlgorithmIdentifier algorithm = algorithm(keys);
      list.setSignature(algorithm);
      list.setIssuer(name(certificate));
      list.setThisUpdate(new Time(Date.from(thisUpdate)));
      list.setNextUpdate(new Time(Date.from(nextUpdate)));
      for (X509Certificate one : revoked) {
        list.addCRLEntry(
            new ASN1Integer(one.getSerialNumber()),
            new Time(Date.from(thisUpdate)),
            org.bouncycastle.asn1.x509.CRLReason.keyCompromise);
      }
      try {
        byte[] signed = list.generateTBSCertList().getEncoded("DER");
        return Certificates.crl(whole(signed, algorithm, sign(keys, signed)));
      } catch (IOException | Certificates.Unreadable e) {
        throw new AssertionError(e);
      }
    }

    /** PEM: this, and those between it and the root. */
    public Path writeChain(Path file) {
      return write(file, chain().stream().map(c -> pem("CERTIFICATE", der(c))).toList());
    }

    public Path writeKey(Path file) {
      write(file, List.of(pem("PRIVATE KEY", keys.getPrivate().getEncoded())));
      try {
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  public static Entity root(Kind kind, String name) {
    return new Builder(null, kind, name).ca().build();
  }

  /** Changes one thing at a time. */
  public static final class Builder {
    private final @org.jspecify.annotations.Nullable Entity issuer;
    private final String name;
    private final KeyPair keys;
    private final List<GeneralName> alternatives = new ArrayList<>();
    private Instant notBefore = NOW.minus(Duration.ofDays(1));
    private Instant notAfter = NOW.plus(Duration.ofDays(30));
    private boolean ca;
    private int usage = KeyUsage.digitalSignature;
    private boolean spoiled;

    private Builder(@org.jspecify.annotations.Nullable Entity issuer, Kind kind, String name) {
      this.issuer = issuer;
      this.name = name;
      this.keys = kind.pair(name);
    }

    public Builder ca() {
      ca = true;
      usage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
      return this;
    }

    public Builder valid(Instant from, Instant until) {
      notBefore = from;
      notAfter = until;
      return this;
    }

    public Builder usage(int bits) {
      usage = bits;
      return this;
    }

    /** Its signature is not made by the issuer's key. */
    public Builder spoiled() {
      spoiled = true;
      return this;
    }

    public Builder dns(String host) {
      alternatives.add(new GeneralName(GeneralName.dNSName, host));
      return this;
    }

    public Builder ip(String address) {
      alternatives.add(new GeneralName(GeneralName.iPAddress, address));
      return this;
    }

    public Builder mail(String mailbox) {
      alternatives.add(new GeneralName(GeneralName.rfc822Name, mailbox));
      return this;
    }

    public Entity build() {
      KeyPair signing = issuer == null ? keys : issuer.keys();
      AlgorithmIdentifier algorithm = algorithm(signing);
      V3TBSCertificateGenerator certificate = new V3TBSCertificateGenerator();
      certificate.setSerialNumber(new ASN1Integer(BigInteger.valueOf(SERIALS.incrementAndGet())));
      certificate.setSignature(algorithm);
      certificate.setIssuer(issuer == null ? x500(name) : name(issuer.certificate()));
      certificate.setSubject(x500(name));
      certificate.setStartDate(new Time(Date.from(notBefore)));
      certificate.setEndDate(new Time(Date.from(notAfter)));
      certificate.setSubjectPublicKeyInfo(
          SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
      try {
        ExtensionsGenerator extensions = new ExtensionsGenerator();
        extensions.addExtension(
            Extension.basicConstraints,
            true,
            ca ? new BasicConstraints(true) : new BasicConstraints(false));
        extensions.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        if (!alternatives.isEmpty()) {
          extensions.addExtension(
              Extension.subjectAlternativeName,
              false,
              new GeneralNames(alternatives.toArray(GeneralName[]::new)));
        }
        certificate.setExtensions(extensions.generate());
        byte[] signed = certificate.generateTBSCertificate().getEncoded("DER");
        byte[] signature = sign(signing, spoiled ? new byte[1] : signed);
        List<X509Certificate> above = new ArrayList<>();
        if (issuer != null) {
          above.add(issuer.certificate());
          above.addAll(issuer.above());
        }
        return new Entity(
            Certificates.certificate(whole(signed, algorithm, signature)), keys, above);
      } catch (IOException | Certificates.Unreadable e) {
        throw new AssertionError(e);
      }
    }
  }

  private static X500Name x500(String name) {
    return new X500Name("C=CH,O=Twinspan Test,CN=" + name);
  }

  /** What {@link Builder} calls it, as an identity. */
  public static IkeId dn(X509Certificate certificate) {
    return new IkeId(IkeId.DER_ASN1_DN, certificate.getSubjectX500Principal().getEncoded());
  }

  private static X500Name name(X509Certificate certificate) {
    return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
  }

  private static SignatureScheme scheme(KeyPair keys) {
    return switch (keys.getPublic()) {
      case java.security.interfaces.RSAPublicKey _ ->
          SignatureScheme.rsaPkcs1(SignatureHash.SHA2_256);
      case java.security.interfaces.ECPublicKey _ -> SignatureScheme.ecdsa(SignatureHash.SHA2_384);
      default -> throw new AssertionError("neither RSA nor EC");
    };
  }

  private static AlgorithmIdentifier algorithm(KeyPair keys) {
    return AlgorithmIdentifier.getInstance(scheme(keys).algorithmIdentifier());
  }

  /** By the JDK, so that not one library does both. */
  private static byte[] sign(KeyPair keys, byte[] data) {
    try {
      String name =
          scheme(keys).kind() == SignatureScheme.Kind.ECDSA ? "SHA384withECDSA" : "SHA256withRSA";
      java.security.Signature signature = java.security.Signature.getInstance(name);
      signature.initSign(keys.getPrivate());
      signature.update(data);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] whole(byte[] signed, AlgorithmIdentifier algorithm, byte[] signature)
      throws IOException {
    ASN1EncodableVector parts = new ASN1EncodableVector();
    parts.add(ASN1Primitive.fromByteArray(signed));
    parts.add(algorithm);
    parts.add(new DERBitString(signature));
    return new DERSequence(parts).getEncoded("DER");
  }

  static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  public static Path write(Path file, X509CRL crl) {
    try {
      return write(file, List.of(pem("X509 CRL", crl.getEncoded())));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  public static Path write(Path file, X509Certificate... certificates) {
    return write(
        file, List.of(certificates).stream().map(c -> pem("CERTIFICATE", der(c))).toList());
  }

  /** As {@code openssl … -traditional} writes private keys: PKCS #1 and SEC 1. */
  public static void writeTraditional(Path file, Entity entity) {
    try {
      var info =
          org.bouncycastle.asn1.pkcs.PrivateKeyInfo.getInstance(
              entity.keys().getPrivate().getEncoded());
      byte[] inner = info.parsePrivateKey().toASN1Primitive().getEncoded();
      boolean rsa = entity.keys().getPrivate().getAlgorithm().equals("RSA");
      if (!rsa) { // the curve stands inside, then
        var key = org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(info.parsePrivateKey());
        inner =
            new org.bouncycastle.asn1.sec.ECPrivateKey(
                    384, key.getKey(), info.getPrivateKeyAlgorithm().getParameters())
                .getEncoded();
      }
      write(file, List.of(pem(rsa ? "RSA PRIVATE KEY" : "EC PRIVATE KEY", inner)));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static Path write(Path file, List<String> blocks) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      return Files.writeString(file, String.join("", blocks));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static String pem(String label, byte[] der) {
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n"
        .formatted(label, Base64.getMimeEncoder(64, "\n".getBytes()).encodeToString(der), label);
  }
}
