package dev.twinspan.agent.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.crypto.FipsModule;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** AUTH payloads with signatures: RFC 7427 and, for ECDSA, RFC 4754. */
class SignatureAuthTest {
  private static final byte[] OCTETS = "signed octets".getBytes(StandardCharsets.US_ASCII);

  private static KeyPair rsa() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair();
  }

  private static KeyPair ec(String curve) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return generator.generateKeyPair();
  }

  private static VerificationKey publicKey(KeyPair pair) throws Exception {
    return VerificationKey.of(pair.getPublic().getEncoded());
  }

  /** The identifiers RFC 7427 appendix A gives. */
  @ParameterizedTest
  @CsvSource({
    "SHA2_256, 300d06092a864886f70d01010b0500, 300a06082a8648ce3d040302",
    "SHA2_384, 300d06092a864886f70d01010c0500, 300a06082a8648ce3d040303",
    "SHA2_512, 300d06092a864886f70d01010d0500, 300a06082a8648ce3d040304"
  })
  void shouldWriteAndReadTheRfcsIdentifiers(SignatureHash hash, String rsa, String ecdsa) {
    assertThat(Hex.text(SignatureScheme.rsaPkcs1(hash).algorithmIdentifier())).isEqualTo(rsa);
    assertThat(Hex.text(SignatureScheme.ecdsa(hash).algorithmIdentifier())).isEqualTo(ecdsa);
    for (SignatureScheme scheme :
        List.of(
            SignatureScheme.rsaPkcs1(hash),
            SignatureScheme.rsaPss(hash),
            SignatureScheme.ecdsa(hash))) {
      assertThat(SignatureScheme.of(scheme.algorithmIdentifier())).isEqualTo(scheme);
    }
  }

  /** RFC 7427 appendix A.4.3: RSASSA-PSS with SHA-256 and a salt of 32 bytes. */
  @Test
  void shouldReadTheRfcsPssIdentifier() {
    String pss =
        "3046 06092a864886f70d01010a 3039 a00f 300d 0609608648016503040201 0500"
            + "a11c 301a 06092a864886f70d010108 300d 0609608648016503040201 0500 a203 020120"
            + "a303 020101";
    assertThat(SignatureScheme.of(Hex.bytes(pss)))
        .isEqualTo(SignatureScheme.rsaPss(SignatureHash.SHA2_256));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "00",
        "300d06092a864886f70d0101050500", // SHA-1
        "300d06092a864886f70d0101040500", // MD5
        "300906072a8648ce3d0401", // ECDSA with SHA-1
        "300b06092a864886f70d01010a", // PSS with its defaults: SHA-1
        "300506032b6570", // Ed25519
        "300d06092a864886f70d01010b050000", // a byte more
        "300c06092a864886f70d01010b0500", // a byte less
        "3003060155", // an OID cut short
        // PSS with SHA-256 and a mask generation without its hash
        "303206092a864886f70d01010a3025a00f300d06096086480165030402010500a10d300b06092a864886f70d010108a203020120"
      })
  void shouldReadNothingElse(String identifier) {
    assertThat(SignatureScheme.of(Hex.bytes(identifier))).isNull();
  }

  @Test
  void shouldVerifyWhatTheJdkSigns() throws Exception {
    KeyPair rsa = rsa();
    VerificationKey key = publicKey(rsa);
    for (SignatureHash hash : SignatureHash.values()) {
      String name = hash.text().replace("-", "") + "withRSA";
      byte[] signature = jdk(Signature.getInstance(name), rsa);
      assertVerifies(key, SignatureScheme.rsaPkcs1(hash), signature);

      Signature pss = Signature.getInstance("RSASSA-PSS");
      pss.setParameter(
          new PSSParameterSpec(
              hash.text(), "MGF1", new MGF1ParameterSpec(hash.text()), hash.length(), 1));
      assertVerifies(key, SignatureScheme.rsaPss(hash), jdk(pss, rsa));
    }
    for (String curve : List.of("secp256r1", "secp384r1")) {
      KeyPair ec = ec(curve);
      for (SignatureHash hash : SignatureHash.values()) {
        String name = hash.text().replace("-", "") + "withECDSA";
        byte[] signature = jdk(Signature.getInstance(name), ec);
        assertVerifies(publicKey(ec), SignatureScheme.ecdsa(hash), signature);
      }
    }
  }

  private static byte[] jdk(Signature signer, KeyPair pair) throws GeneralSecurityException {
    signer.initSign(pair.getPrivate());
    signer.update(OCTETS);
    return signer.sign();
  }

  private static void assertVerifies(
      VerificationKey key, SignatureScheme scheme, byte[] signature) {
    assertThat(key.verifies(scheme, signature, OCTETS)).as(scheme.text()).isTrue();
    byte[] changed = signature.clone();
    changed[signature.length - 1] ^= 1;
    assertThat(key.verifies(scheme, changed, OCTETS)).isFalse();
    assertThat(key.verifies(scheme, signature, new byte[3])).isFalse();
    assertThat(key.verifies(scheme, new byte[0], OCTETS)).isFalse();
    assertThat(key.verifies(scheme, Arrays.copyOf(signature, signature.length - 1), OCTETS))
        .isFalse();
    for (SignatureHash other : SignatureHash.values()) {
      SignatureScheme wrong = new SignatureScheme(scheme.kind(), other, scheme.saltLength());
      assertThat(key.verifies(wrong, signature, OCTETS)).isEqualTo(other == scheme.hash());
    }
  }

  @Test
  void shouldSignWhatItVerifies() throws Exception {
    for (KeyPair pair : List.of(rsa(), ec("secp256r1"), ec("secp384r1"))) {
      SigningKey signing = SigningKey.of(pair.getPrivate().getEncoded());
      VerificationKey key = publicKey(pair);
      assertThat(signing.belongsTo(key)).isTrue();
      SignatureScheme scheme = signing.scheme(List.of(SignatureHash.SHA2_512));
      SignatureAuth made = new SignatureAuth(scheme, signing.sign(scheme, OCTETS));
      SignatureAuth read = SignatureAuth.decode(14, made.encode(), key);
      assertThat(read).isNotNull();
      assertThat(read.scheme()).isEqualTo(scheme);
      assertThat(key.verifies(read.scheme(), read.signature(), OCTETS)).isTrue();
      assertThat(signing.toString()).isEqualTo("SigningKey[***]");
      Field held = SigningKey.class.getDeclaredField("pkcs8");
      held.setAccessible(true);
      byte[] bytes = (byte[]) held.get(signing);
      assertThat(bytes).isEqualTo(pair.getPrivate().getEncoded());
      signing.destroy();
      assertThat(bytes).containsOnly(0);
      assertThatThrownBy(() -> signing.sign(scheme, OCTETS)).isInstanceOf(RuntimeException.class);
    }
  }

  /** RFC 4754: r and s side by side, many times, for numbers with zeros in front. */
  @Test
  void shouldReadAndWritePlainEcdsa() throws Exception {
    for (int bits : new int[] {256, 384}) {
      KeyPair pair = ec("secp" + bits + "r1");
      SigningKey signing = SigningKey.of(pair.getPrivate().getEncoded());
      VerificationKey key = publicKey(pair);
      int method = bits == 256 ? SignatureAuth.ECDSA_256 : SignatureAuth.ECDSA_384;
      SignatureScheme scheme =
          SignatureScheme.ecdsa(bits == 256 ? SignatureHash.SHA2_256 : SignatureHash.SHA2_384);
      for (int i = 0; i < 300; i++) {
        byte[] data = {(byte) i, (byte) (i >> 8)};
        byte[] plain = new SignatureAuth(scheme, signing.sign(scheme, data)).encodePlain(bits);
        assertThat(plain).hasSize(bits / 4);
        SignatureAuth read = SignatureAuth.decode(method, plain, key);
        assertThat(read).isNotNull();
        assertThat(key.verifies(read.scheme(), read.signature(), data)).isTrue();
        int other = bits == 256 ? SignatureAuth.ECDSA_384 : SignatureAuth.ECDSA_256;
        assertThat(SignatureAuth.decode(other, plain, key)).isNull();
        assertThat(SignatureAuth.decode(method, Arrays.copyOf(plain, 63), key)).isNull();
      }
    }
  }

  @Test
  void shouldDecodeNothingThatIsCutShort() throws Exception {
    VerificationKey key = publicKey(ec("secp256r1"));
    for (String data : List.of("", "00", "05", "0c300a06082a8648ce3d0403")) {
      assertThat(SignatureAuth.decode(14, Hex.bytes(data), key)).isNull();
    }
    assertThat(SignatureAuth.decode(1, new byte[256], key)).isNull();
  }

  @Test
  void shouldTellTheHashesBothWays() {
    assertThat(Hex.text(SignatureAuth.hashAlgorithms())).isEqualTo("000200030004");
    assertThat(SignatureAuth.hashAlgorithms(Hex.bytes("0001 0003 0005 0002 0003 00")))
        .containsExactly(SignatureHash.SHA2_384, SignatureHash.SHA2_256);
    assertThat(SignatureAuth.hashAlgorithms(new byte[0])).isEmpty();
  }

  @Test
  void shouldNotTakeWeakKeys() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    byte[] small = generator.generateKeyPair().getPublic().getEncoded();
    assertThatThrownBy(() -> VerificationKey.of(small))
        .isInstanceOf(VerificationKey.Unusable.class)
        .hasMessageContaining("1024 bits; expected 2048");
    byte[] curve = ec("secp521r1").getPublic().getEncoded();
    assertThatThrownBy(() -> VerificationKey.of(curve))
        .isInstanceOf(VerificationKey.Unusable.class)
        .hasMessageContaining("expected P-256 or P-384");
    assertThatThrownBy(() -> VerificationKey.of(new byte[] {0x30, 0}))
        .isInstanceOf(VerificationKey.Unusable.class);
  }

  /** The module's keys do not pass between modes; ours are made anew where they are used. */
  @Test
  void shouldSignAndVerifyInApprovedModeWithAKeyReadInGeneralMode() throws Exception {
    for (KeyPair pair : List.of(rsa(), ec("secp256r1"), ec("secp384r1"))) {
      SigningKey signing = SigningKey.of(pair.getPrivate().getEncoded());
      assertThat(signing.belongsTo(publicKey(pair))).isTrue();
      java.util.concurrent.FutureTask<Boolean> task =
          new java.util.concurrent.FutureTask<>(
              () -> {
                FipsModule.enterApprovedMode();
                for (SignatureHash hash : SignatureHash.values()) {
                  SignatureScheme scheme = signing.scheme(List.of(hash));
                  byte[] signature = signing.sign(scheme, OCTETS);
                  if (!publicKey(pair).verifies(scheme, signature, OCTETS)) {
                    return false;
                  }
                }
                return signing.belongsTo(publicKey(pair));
              });
      Thread.ofPlatform().start(task);
      assertThat(task.get()).isTrue();
    }
  }
}
