package dev.twinspan.agent.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.crypto.IkeCipher.Encryption;
import dev.twinspan.agent.ike.crypto.IkeCipher.Integrity;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FipsCipherTest {
  private static final IkeCrypto CRYPTO = TestCrypto.seeded(1);
  private static final byte[] HEADER = {1, 2, 3, 4, 5};

  /** RFC 3602 section 4, cases 1 and 2; SP 800-38A sections F.2.3 and F.2.5. */
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          06a9214036b8a15b512e03d534120006, 3dafba429d9eb430b422da802c9fac41, 53696e676c6520626c6f636b206d7367, e353779c1079aeb82708942dbe77181a
          c286696d887c9aa0611bbb3e2025a45a, 562e17996d093d28ddb3ba695a2e6f58, 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f, d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1
          8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b, 000102030405060708090a0b0c0d0e0f, 6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51, 4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a
          603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4, 000102030405060708090a0b0c0d0e0f, 6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51, f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d
          """)
  void shouldMatchThePublishedCbc(String key, String iv, String plaintext, String ciphertext)
      throws GeneralSecurityException {
    for (Integrity integrity : Integrity.values()) {
      if (integrity == Integrity.NONE) {
        continue;
      }
      byte[] integrityKey = new byte[integrity.keyLength()];
      Arrays.fill(integrityKey, (byte) 0x77);
      ProtectionKeys keys =
          new ProtectionKeys(
              new IkeCipher(Encryption.AES_CBC, key.length() * 4, integrity),
              Hex.bytes(key),
              integrityKey);

      byte[] sealed = CRYPTO.seal(keys, HEADER, Hex.bytes(iv), Hex.bytes(plaintext));

      String icv = Hex.text(jdkIcv(integrity, integrityKey, HEADER, Hex.bytes(iv + ciphertext)));
      assertThat(Hex.text(sealed)).isEqualTo(iv + ciphertext + icv);
      assertThat(CRYPTO.open(keys, HEADER, sealed)).isEqualTo(Hex.bytes(plaintext));
    }
  }

  /** McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, cases 4, 10 and 16. */
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          128, 42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091, 5bc94fbc3221a5db94fae95ae7121a47
          192, 3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710, 2519498e80f1478f37ba55bd6d27618c
          256, 522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662, 76fc6ece0f4e1768cddf8853bb2d551b
          """)
  void shouldMatchThePublishedGcm(int bits, String ciphertext, String tag) {
    String key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
    String salt = "cafebabe";
    String iv = "facedbaddecaf888";
    byte[] plaintext =
        Hex.bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    byte[] additional = Hex.bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    ProtectionKeys keys =
        new ProtectionKeys(
            new IkeCipher(Encryption.AES_GCM_16, bits, Integrity.NONE),
            Hex.bytes(key.substring(0, bits / 4) + salt),
            new byte[0]);

    byte[] sealed = CRYPTO.seal(keys, additional, Hex.bytes(iv), plaintext);

    assertThat(Hex.text(sealed)).isEqualTo(iv + ciphertext + tag);
    assertThat(CRYPTO.open(keys, additional, sealed)).isEqualTo(plaintext);
  }

  @Test
  void shouldNotOpenWhatIsShorterThanItsIvAndIcv() {
    for (Encryption encryption : Encryption.values()) {
      boolean aead = encryption == Encryption.AES_GCM_16;
      ProtectionKeys keys =
          TestCrypto.keys(
              new IkeCipher(encryption, 128, aead ? Integrity.NONE : Integrity.HMAC_SHA2_256_128),
              1);
      for (int length = 0; length < 80; length++) {
        assertThat(CRYPTO.open(keys, HEADER, new byte[length])).isNull();
      }
    }
  }

  @Test
  void shouldNotOpenUnderAnotherHeader() {
    ProtectionKeys keys =
        TestCrypto.keys(new IkeCipher(Encryption.AES_GCM_16, 256, Integrity.NONE), 1);
    byte[] sealed =
        CRYPTO.seal(keys, HEADER, new byte[8], "hello".getBytes(StandardCharsets.US_ASCII));

    assertThat(CRYPTO.open(keys, new byte[] {1, 2, 3, 4, 6}, sealed)).isNull();
  }

  @Test
  void shouldForgetKeysThatAreDestroyed() {
    ProtectionKeys keys =
        TestCrypto.keys(new IkeCipher(Encryption.AES_CBC, 256, Integrity.HMAC_SHA2_256_128), 1);

    keys.destroy();

    assertThat(keys.encryptionKey()).containsOnly(0);
    assertThat(keys.integrityKey()).containsOnly(0);
  }

  /** The JDK's HMAC as an independent witness. */
  private static byte[] jdkIcv(Integrity integrity, byte[] key, byte[]... data)
      throws GeneralSecurityException {
    String name =
        switch (integrity) {
          case HMAC_SHA1_96 -> "HmacSHA1";
          case HMAC_SHA2_256_128 -> "HmacSHA256";
          case HMAC_SHA2_384_192 -> "HmacSHA384";
          case NONE -> throw new IllegalArgumentException();
        };
    Mac mac = Mac.getInstance(name);
    mac.init(new SecretKeySpec(key, name));
    for (byte[] part : data) {
      mac.update(part);
    }
    return Arrays.copyOf(mac.doFinal(), integrity.icvLength());
  }
}
