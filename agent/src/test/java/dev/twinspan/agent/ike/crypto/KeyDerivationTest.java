package dev.twinspan.agent.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import org.junit.jupiter.api.Test;

/** Against NIST's numbers; against strongSwan's: {@code IkeRecordedExchangeTest}. */
class KeyDerivationTest {
  private static final IkeCrypto CRYPTO = TestCrypto.seeded(1);
  private static final IkeCipher AES256_SHA1 =
      new IkeCipher(Encryption.AES_CBC, 256, Integrity.HMAC_SHA1_96);

  // NIST CAVP, "SP 800-135 Application-Specific Key Derivation Functions", ikev2.rsp, first case of
  // [SHA-1] with 64-bit nonces and a 256-bit shared secret.
  private static final byte[] NI = Hex.bytes("32b50d5f4a3763f3");
  private static final byte[] NR = Hex.bytes("9206a04b26564cb1");
  private static final long SPI_I = 0x34c9e7c188868785L;
  private static final long SPI_R = 0x3ff77d760d2b2199L;
  private static final byte[] GIR =
      Hex.bytes("4b2c1f971981a8ad8d0abeafabf38cf75fc8349c148142465ed9c8b516b8be52");
  private static final byte[] GIR_NEW =
      Hex.bytes("863f3c9d06efd39d2b907b97f8699e5dd5251ef64a2a176f36ee40c87d4f9330");
  private static final String SKEYSEED = "a9a7b222b59f8f48645f28a1db5b5f5d7479cba7";
  private static final String SKEYSEED_REKEY = "63e81194946ebd05df7df5ebf5d8750056bf1f1d";
  private static final String DKM =
      "a14293677cc80ff8f9cc0eee30d895da9d8f405666e30ef0dfcb63c634a46002"
          + "a2a63080e514a062768b76606f9fa5e992204fc5a670bde3f10d6b027113936a"
          + "5c55b648a194ae587b0088d52204b702c979fa280870d2ed41efa9c549fd1119"
          + "8af1670b143d384bd275c5f594cf266b05ebadca855e4249520a441a81157435"
          + "a7a56cc4";

  @Test
  void shouldDeriveWhatNistDerives() {
    // 132 bytes of keying material are SK_d, SK_ai, SK_ar of 20, SK_ei, SK_er of 32, 8 of SK_pi.
    IkeKeys keys =
        KeyDerivation.ike(CRYPTO, PrfAlgorithm.HMAC_SHA1, AES256_SHA1, GIR, NI, NR, SPI_I, SPI_R);

    assertThat(
            Hex.text(keys.skD())
                + Hex.text(keys.initiator().integrityKey())
                + Hex.text(keys.responder().integrityKey())
                + Hex.text(keys.initiator().encryptionKey())
                + Hex.text(keys.responder().encryptionKey())
                + Hex.text(keys.skPi()))
        .startsWith(DKM);
    assertThat(keys.skPr()).hasSize(20);
  }

  @Test
  void shouldSeedARekeyAsNistDoes() {
    IkeKeys old =
        KeyDerivation.ike(CRYPTO, PrfAlgorithm.HMAC_SHA1, AES256_SHA1, GIR, NI, NR, SPI_I, SPI_R);
    byte[] skeyseed = Hex.bytes(SKEYSEED_REKEY);
    byte[] spis = Hex.bytes("34c9e7c1888687853ff77d760d2b2199");

    IkeKeys rekeyed =
        KeyDerivation.rekeyedIke(
            CRYPTO,
            PrfAlgorithm.HMAC_SHA1,
            old.skD(),
            PrfAlgorithm.HMAC_SHA1,
            AES256_SHA1,
            GIR_NEW,
            NI,
            NR,
            SPI_I,
            SPI_R);

    assertThat(rekeyed.skD())
        .isEqualTo(CRYPTO.prfPlus(PrfAlgorithm.HMAC_SHA1, skeyseed, 20, NI, NR, spis));
    assertThat(
            CRYPTO.prf(PrfAlgorithm.HMAC_SHA1, Hex.bytes("32b50d5f4a3763f39206a04b26564cb1"), GIR))
        .isEqualTo(Hex.bytes(SKEYSEED));
  }

  @Test
  void shouldCutGcmKeysWithTheirSalts() {
    IkeCipher gcm = new IkeCipher(Encryption.AES_GCM_16, 256, Integrity.NONE);

    IkeKeys keys =
        KeyDerivation.ike(CRYPTO, PrfAlgorithm.HMAC_SHA2_384, gcm, GIR, NI, NR, SPI_I, SPI_R);

    assertThat(keys.initiator().encryptionKey()).hasSize(36);
    assertThat(keys.initiator().integrityKey()).isEmpty();
    assertThat(keys.skPi()).hasSize(48);
  }

  @Test
  void shouldForgetWhatIsDestroyed() {
    IkeKeys keys =
        KeyDerivation.ike(CRYPTO, PrfAlgorithm.HMAC_SHA1, AES256_SHA1, GIR, NI, NR, SPI_I, SPI_R);
    ChildKeys child =
        KeyDerivation.child(CRYPTO, PrfAlgorithm.HMAC_SHA1, keys.skD(), 36, null, NI, NR);

    keys.destroy();
    child.destroy();

    assertThat(keys.skD()).containsOnly(0);
    assertThat(keys.initiator().encryptionKey()).containsOnly(0);
    assertThat(keys.responder().integrityKey()).containsOnly(0);
    assertThat(keys.skPi()).containsOnly(0);
    assertThat(keys.skPr()).containsOnly(0);
    assertThat(child.initiatorToResponder()).containsOnly(0);
    assertThat(child.responderToInitiator()).containsOnly(0);
  }

  @Test
  void shouldNotShowKeysInText() {
    IkeKeys keys =
        KeyDerivation.ike(CRYPTO, PrfAlgorithm.HMAC_SHA1, AES256_SHA1, GIR, NI, NR, SPI_I, SPI_R);

    assertThat(keys.toString()).isEqualTo("IkeKeys[HMAC_SHA1, " + AES256_SHA1 + "]");
    assertThat(
            KeyDerivation.child(CRYPTO, PrfAlgorithm.HMAC_SHA1, keys.skD(), 36, GIR, NI, NR)
                .toString())
        .isEqualTo("ChildKeys[36 bytes a direction]");
  }
}
