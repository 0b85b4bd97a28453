package dev.twinspan.agent.ike.crypto;

import static dev.twinspan.agent.ike.crypto.PrfAlgorithm.HMAC_SHA1;
import static dev.twinspan.agent.ike.crypto.PrfAlgorithm.HMAC_SHA2_256;
import static dev.twinspan.agent.ike.crypto.PrfAlgorithm.HMAC_SHA2_384;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FipsMacTest {
  private static final IkeCrypto CRYPTO = TestCrypto.seeded(1);

  /** RFC 2202 section 3 (SHA-1), RFC 4231 sections 4.2 to 4.7. */
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          HMAC_SHA1, 0b*20, 'Hi There', b617318655057264e28bc0b6fb378c8ef146be00
          HMAC_SHA1, 4a656665, 'what do ya want for nothing?', effcdf6ae5eb2fa2d27416d5f184df9c259a7c79
          HMAC_SHA1, aa*20, dd*50, 125d7342b9ac11cd91a39af48aa17b4f63f175d3
          HMAC_SHA1, aa*80, 'Test Using Larger Than Block-Size Key - Hash Key First', aa4ae5e15272d00e95705637ce8a3b55ed402112
          HMAC_SHA2_256, 0b*20, 'Hi There', b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7
          HMAC_SHA2_256, 4a656665, 'what do ya want for nothing?', 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843
          HMAC_SHA2_256, aa*20, dd*50, 773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe
          HMAC_SHA2_256, 0102030405060708090a0b0c0d0e0f10111213141516171819, cd*50, 82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b
          HMAC_SHA2_256, aa*131, 'Test Using Larger Than Block-Size Key - Hash Key First', 60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54
          HMAC_SHA2_384, 0b*20, 'Hi There', afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6
          HMAC_SHA2_384, 4a656665, 'what do ya want for nothing?', af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649
          HMAC_SHA2_384, aa*20, dd*50, 88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27
          HMAC_SHA2_384, 0102030405060708090a0b0c0d0e0f10111213141516171819, cd*50, 3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb
          HMAC_SHA2_384, aa*131, 'Test Using Larger Than Block-Size Key - Hash Key First', 4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952
          """)
  void shouldMatchThePublishedHmacs(PrfAlgorithm prf, String key, String data, String expected) {
    assertThat(Hex.text(CRYPTO.prf(prf, bytes(key), bytes(data)))).isEqualTo(expected);
  }

  @Test
  void shouldTakeDataInPieces() {
    byte[] key = {1, 2, 3};

    assertThat(CRYPTO.prf(HMAC_SHA2_256, key, new byte[] {4, 5}, new byte[0], new byte[] {6}))
        .isEqualTo(CRYPTO.prf(HMAC_SHA2_256, key, new byte[] {4, 5, 6}));
  }

  /** RFC 7296 section 2.13: T1 = prf(K, S | 1), Tn = prf(K, Tn-1 | S | n). */
  @ParameterizedTest
  @EnumSource
  void shouldChainPrfPlus(PrfAlgorithm prf) {
    byte[] key = {9, 8, 7};
    byte[] seed = {1, 2, 3, 4};
    byte[] t1 = CRYPTO.prf(prf, key, seed, new byte[] {1});
    byte[] t2 = CRYPTO.prf(prf, key, t1, seed, new byte[] {2});
    int length = prf.length() + 5;

    assertThat(CRYPTO.prfPlus(prf, key, length, seed))
        .startsWith(t1)
        .endsWith(Arrays.copyOf(t2, 5))
        .hasSize(length);
    assertThat(CRYPTO.prfPlus(prf, key, length, new byte[] {1, 2}, new byte[] {3, 4}))
        .isEqualTo(CRYPTO.prfPlus(prf, key, length, seed));
  }

  @Test
  void shouldGiveAsMuchOfPrfPlusAsOneByteCanCount() {
    assertThat(CRYPTO.prfPlus(HMAC_SHA1, new byte[20], 255 * 20, new byte[8])).hasSize(255 * 20);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CRYPTO.prfPlus(HMAC_SHA1, new byte[20], 255 * 20 + 1, new byte[8]));
  }

  /** FIPS 180-1 appendix A. */
  @Test
  void shouldMatchThePublishedSha1() {
    assertThat(Hex.text(CRYPTO.sha1("ab".getBytes(StandardCharsets.US_ASCII), new byte[] {'c'})))
        .isEqualTo("a9993e364706816aba3e25717850c26c9cd0d89d");
  }

  @Test
  void shouldTakeAKeyOfAnyLength() {
    assertThat(CRYPTO.prf(HMAC_SHA2_384, new byte[0], new byte[1])).hasSize(48);
    assertThat(CRYPTO.prf(HMAC_SHA2_384, new byte[500], new byte[1])).hasSize(48);
  }

  /** "aa*20" is twenty bytes aa, letters are themselves, else hex. */
  private static byte[] bytes(String text) {
    if (text.matches("[0-9a-f]{2}\\*\\d+")) {
      byte[] bytes = new byte[Integer.parseInt(text.substring(3))];
      Arrays.fill(bytes, (byte) Integer.parseInt(text.substring(0, 2), 16));
      return bytes;
    }
    return text.matches("([0-9a-f]{2})+")
        ? Hex.bytes(text)
        : text.getBytes(StandardCharsets.US_ASCII);
  }
}
