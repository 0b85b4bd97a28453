package dev.twinspan.agent.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** IKEv2 key derivation (RFC 7296 sections 2.13, 2.14, 2.17, 2.18) against NIST's numbers. */
class CavpKeyDerivationTest {
  private static final IkeCrypto CRYPTO = TestCrypto.seeded(1);

  /** A line of cavp-ikev2-kdf.txt. */
  record Case(
      PrfAlgorithm prf,
      byte[] ni,
      byte[] nr,
      long spiI,
      long spiR,
      byte[] gir,
      byte[] girNew,
      byte[] skeyseed,
      byte[] dkm,
      byte[] skeyseedOfRekey,
      byte[] keymat,
      byte[] keymatWithGir) {
    static Case parse(String[] f) {
      return new Case(
          PrfAlgorithm.valueOf(f[0]),
          Hex.bytes(f[1]),
          Hex.bytes(f[2]),
          Long.parseUnsignedLong(f[3], 16),
          Long.parseUnsignedLong(f[4], 16),
          Hex.bytes(f[5]),
          Hex.bytes(f[6]),
          Hex.bytes(f[7]),
          Hex.bytes(f[8]),
          Hex.bytes(f[9]),
          Vectors.hex(f[10]),
          Vectors.hex(f[11]));
    }

    /** AES-256 with the PRF's own hash. */
    IkeCipher cipher() {
      Integrity integrity =
          switch (prf) {
            case HMAC_SHA1 -> Integrity.HMAC_SHA1_96;
            case HMAC_SHA2_256 -> Integrity.HMAC_SHA2_256_128;
            case HMAC_SHA2_384 -> Integrity.HMAC_SHA2_384_192;
          };
      return new IkeCipher(Encryption.AES_CBC, 256, integrity);
    }

    byte[] spis() {
      return ByteBuffer.allocate(16).putLong(spiI).putLong(spiR).array();
    }
  }

  static Stream<Arguments> cases() {
    return Vectors.lines("cavp-ikev2-kdf.txt").map(f -> Arguments.of(f[0], Case.parse(f)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void shouldDeriveTheKeysOfAnIkeSa(String name, Case c) {
    byte[] nonces = concat(c.ni(), c.nr());
    IkeKeys keys =
        KeyDerivation.ike(CRYPTO, c.prf(), c.cipher(), c.gir(), c.ni(), c.nr(), c.spiI(), c.spiR());
    byte[] all =
        concat(
            keys.skD(),
            keys.initiator().integrityKey(),
            keys.responder().integrityKey(),
            keys.initiator().encryptionKey(),
            keys.responder().encryptionKey(),
            keys.skPi(),
            keys.skPr());
    int length = Math.min(all.length, c.dkm().length);

    assertThat(CRYPTO.prf(c.prf(), nonces, c.gir())).isEqualTo(c.skeyseed());
    assertThat(Arrays.copyOf(all, length)).isEqualTo(Arrays.copyOf(c.dkm(), length));
    assertThat(CRYPTO.prfPlus(c.prf(), c.skeyseed(), c.dkm().length, c.ni(), c.nr(), c.spis()))
        .isEqualTo(c.dkm());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void shouldSeedARekeyOfAnIkeSa(String name, Case c) {
    byte[] skD = Arrays.copyOf(c.dkm(), c.prf().length());

    IkeKeys rekeyed =
        KeyDerivation.rekeyedIke(
            CRYPTO,
            c.prf(),
            skD,
            c.prf(),
            c.cipher(),
            c.girNew(),
            c.ni(),
            c.nr(),
            c.spiI(),
            c.spiR());

    assertThat(rekeyed.skD())
        .isEqualTo(
            CRYPTO.prfPlus(
                c.prf(), c.skeyseedOfRekey(), c.prf().length(), c.ni(), c.nr(), c.spis()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void shouldDeriveTheKeysOfAChildSa(String name, Case c) {
    byte[] skD = Arrays.copyOf(c.dkm(), c.prf().length());

    if (c.keymat().length > 0) {
      int half = c.keymat().length / 2;
      ChildKeys without = KeyDerivation.child(CRYPTO, c.prf(), skD, half, null, c.ni(), c.nr());
      ChildKeys with = KeyDerivation.child(CRYPTO, c.prf(), skD, half, c.girNew(), c.ni(), c.nr());
      assertThat(concat(without.initiatorToResponder(), without.responderToInitiator()))
          .isEqualTo(c.keymat());
      assertThat(concat(with.initiatorToResponder(), with.responderToInitiator()))
          .isEqualTo(c.keymatWithGir());
    } else {
      assertThat(c.prf()).isNotEqualTo(PrfAlgorithm.HMAC_SHA1);
    }
  }

  private static byte[] concat(byte[]... parts) {
    ByteBuffer all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(p -> p.length).sum());
    Arrays.stream(parts).forEach(all::put);
    return all.array();
  }
}
