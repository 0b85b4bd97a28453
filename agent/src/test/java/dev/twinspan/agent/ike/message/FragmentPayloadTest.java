package dev.twinspan.agent.ike.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.twinspan.agent.ike.crypto.Hex;
import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.ike.crypto.TestCrypto;
import dev.twinspan.agent.ike.message.DecodeError.AuthenticationFailed;
import dev.twinspan.agent.ike.message.DecodeError.InvalidSyntax;
import dev.twinspan.agent.ike.message.DecodeResult.Decoded;
import dev.twinspan.agent.ike.message.DecodeResult.Failed;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** SKF in every protection there is (RFC 7383). */
class FragmentPayloadTest {
  private static final IkeCrypto CRYPTO = TestCrypto.seeded(1);
  private static final IkeHeader HEADER =
      new IkeHeader(1, 2, ExchangeType.IKE_AUTH, false, true, 1);
  private static final IkeMessage MESSAGE = new IkeMessage(HEADER, MessageCorpus.everyPayload());

  static Stream<IkeCipher> ciphers() {
    return IkeArbitraries.allCiphers().stream();
  }

  @ParameterizedTest
  @MethodSource("ciphers")
  void shouldPutTogetherWhatItCutAtAnySize(IkeCipher cipher) {
    ProtectionKeys keys = TestCrypto.keys(cipher, 3);
    byte[] whole = IkeCodec.seal(MESSAGE, CRYPTO, keys, iv(cipher));
    for (int largest = 110; largest < whole.length; largest += 7) {
      List<byte[]> datagrams = cut(largest, keys);
      assertThat(datagrams).hasSizeGreaterThan(1);
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      int first = 0;
      for (int i = 0; i < datagrams.size(); i++) {
        assertThat(datagrams.get(i)).hasSizeLessThanOrEqualTo(largest);
        IkeFragment.Number number = new IkeFragment.Number(i + 1, datagrams.size());
        assertThat(IkeCodec.fragment(datagrams.get(i))).isEqualTo(number);
        IkeFragment fragment = opened(datagrams.get(i), keys);
        assertThat(fragment.number()).isEqualTo(number);
        assertThat(fragment.header()).isEqualTo(HEADER);
        assertThat(fragment.firstPayload()).isEqualTo(i == 0 ? PayloadType.SA : PayloadType.NONE);
        first = i == 0 ? fragment.firstPayload() : first;
        content.writeBytes(fragment.content());
      }
      assertThat(IkeCodec.reassembled(HEADER, first, content.toByteArray()))
          .isInstanceOfSatisfying(
              Decoded.class,
              decoded ->
                  assertThat(IkeCodec.encode((IkeMessage) decoded.value()))
                      .isEqualTo(IkeCodec.encode(MESSAGE)));
    }
    assertThat(cut(whole.length, keys)).hasSize(1);
    assertThat(IkeCodec.fragment(whole)).isNull();
    assertThat(cut(whole.length, keys).getFirst()).hasSameSizeAs(whole);
  }

  /** Both numbers are under the ICV: nobody but the peer can say them. */
  @ParameterizedTest
  @MethodSource("ciphers")
  void shouldRefuseAnyChangeOfAFragment(IkeCipher cipher) {
    ProtectionKeys keys = TestCrypto.keys(cipher, 3);
    byte[] datagram = cut(200, keys).get(1);
    for (int i = 0; i < datagram.length; i++) {
      byte[] changed = datagram.clone();
      changed[i] ^= 1;
      assertThat(IkeCodec.openFragment(changed, CRYPTO, keys))
          .as("byte %d", i)
          .isEqualTo(new Failed<>(new AuthenticationFailed()));
    }
    for (int length = 0; length < datagram.length; length++) {
      byte[] shorter = WireBytes.mendLength(Arrays.copyOf(datagram, length));
      assertThat(IkeCodec.openFragment(shorter, CRYPTO, keys))
          .as("%d bytes", length)
          .isEqualTo(new Failed<>(new AuthenticationFailed()));
    }
    assertThat(IkeCodec.open(datagram, CRYPTO, keys))
        .isEqualTo(new Failed<>(new AuthenticationFailed()));
  }

  @Test
  void shouldTakeNoNumberThatCannotBe() {
    assertThat(IkeCodec.fragment(skf("0000", "0001"))).isNull();
    assertThat(IkeCodec.fragment(skf("0000", "0000"))).isNull();
    assertThat(IkeCodec.fragment(skf("0003", "0002"))).isNull();
    assertThat(IkeCodec.fragment(skf("ffff", "ffff")))
        .isEqualTo(new IkeFragment.Number(65535, 65535));
  }

  /** What stands outside of SKF is not mixed with what stands inside. */
  @Test
  void shouldRefuseAKnownPayloadInFrontOfSkf() {
    ProtectionKeys keys = HostileInput.KEYS;
    byte[] datagram =
        WireBytes.mendLength(
            Hex.bytes(
                "0000000000000001 0000000000000002 2b 20 23 08 00000001 00000000"
                    + "3500 0006 cafe"
                    + "2b00 0021 0001 0002 0000000000000000 00"
                    + "00000000000000000000000000000000"));

    assertThat(IkeCodec.openFragment(datagram, HostileInput.TRANSPARENT, keys))
        .isEqualTo(
            new Failed<>(new InvalidSyntax("payload before SK", 43, "all payloads inside SK")));
  }

  @Test
  void shouldSayThatNothingFits() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> cut(60, HostileInput.KEYS))
        .withMessageContaining("60 bytes");
  }

  /** Lengths and numbers of anything at all. */
  @Test
  void shouldSurviveNoise() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] body = new byte[random.nextInt(60)];
      random.nextBytes(body);
      byte[] datagram = Arrays.copyOf(skf("0001", "0002"), 32 + body.length);
      System.arraycopy(body, 0, datagram, 32, body.length);
      HostileInput.check(WireBytes.mendLength(datagram));
    }
  }

  private static byte[] skf(String number, String total) {
    return WireBytes.mendLength(
        Hex.bytes(
            "0000000000000001 0000000000000002 35 20 23 08 00000001 00000000"
                + "2b00 0014"
                + number
                + total
                + "000000000000000000000000"));
  }

  private static List<byte[]> cut(int largest, ProtectionKeys keys) {
    return IkeCodec.sealWithin(largest, MESSAGE, CRYPTO, keys, () -> iv(keys.cipher()));
  }

  private static byte[] iv(IkeCipher cipher) {
    return CRYPTO.random(cipher.encryption().ivLength());
  }

  private static IkeFragment opened(byte[] wire, ProtectionKeys keys) {
    return switch (IkeCodec.openFragment(wire, CRYPTO, keys)) {
      case Decoded<IkeFragment>(IkeFragment fragment) -> fragment;
      case Failed<IkeFragment>(DecodeError error) -> throw new AssertionError(error.sentence());
    };
  }
}
