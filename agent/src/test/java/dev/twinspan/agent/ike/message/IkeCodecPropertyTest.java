package dev.twinspan.agent.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.crypto.IkeCipher;
import dev.twinspan.agent.ike.crypto.IkeCrypto;
import dev.twinspan.agent.ike.crypto.ProtectionKeys;
import dev.twinspan.agent.ike.crypto.TestCrypto;
import dev.twinspan.agent.ike.message.DecodeResult.Decoded;
import dev.twinspan.agent.ike.message.DecodeResult.Failed;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class IkeCodecPropertyTest {
  private static final IkeCrypto CRYPTO = TestCrypto.seeded(1);

  @Provide
  Arbitrary<IkeMessage> messages() {
    return IkeArbitraries.messages();
  }

  @Provide
  Arbitrary<IkeCipher> ciphers() {
    return IkeArbitraries.ciphers();
  }

  @Provide
  Arbitrary<byte[]> anyBytes() {
    return Arbitraries.bytes().array(byte[].class).ofMaxSize(400);
  }

  @Property(tries = 2000)
  void shouldDecodeWhatItEncoded(@ForAll("messages") IkeMessage message) {
    byte[] wire = IkeCodec.encode(message);

    assertThat(decoded(IkeCodec.decode(wire))).usingRecursiveComparison().isEqualTo(message);
    assertThat(decoded(IkeCodec.header(wire))).isEqualTo(message.header());
  }

  @Property(tries = 500)
  void shouldOpenWhatItSealed(
      @ForAll("messages") IkeMessage message, @ForAll("ciphers") IkeCipher cipher) {
    ProtectionKeys keys = TestCrypto.keys(cipher, 7);
    byte[] wire = IkeCodec.seal(message, CRYPTO, keys, iv(cipher));

    assertThat(decoded(IkeCodec.open(wire, CRYPTO, keys)))
        .usingRecursiveComparison()
        .isEqualTo(message);
    assertThat(decoded(IkeCodec.header(wire))).isEqualTo(message.header());
  }

  @Property(tries = 100)
  void shouldRefuseEveryTruncation(@ForAll("messages") IkeMessage message) {
    byte[] wire = IkeCodec.encode(message);

    for (int length = 0; length < wire.length; length++) {
      byte[] cut = Arrays.copyOf(wire, length);
      assertThat(IkeCodec.decode(cut)).isInstanceOf(Failed.class);
      assertThat(IkeCodec.header(cut)).isInstanceOf(Failed.class);
    }
  }

  /** The length field mended, so that the cut goes through payloads. */
  @Property(tries = 100)
  void shouldRefuseEveryTruncationBehindAMendedLength(@ForAll("messages") IkeMessage message) {
    byte[] wire = IkeCodec.encode(message);

    for (int length = IkeHeader.LENGTH; length < wire.length; length++) {
      byte[] cut = WireBytes.mendLength(Arrays.copyOf(wire, length));
      if (message.payloads().size() > 0) {
        assertThat(IkeCodec.decode(cut)).isInstanceOf(Failed.class);
      }
    }
  }

  @Property(tries = 200)
  void shouldNotOpenAMessageWithAnyBitTurned(
      @ForAll("messages") IkeMessage message,
      @ForAll("ciphers") IkeCipher cipher,
      @ForAll @IntRange(min = 0, max = 1_000_000) int where) {
    ProtectionKeys keys = TestCrypto.keys(cipher, 7);
    byte[] wire = IkeCodec.seal(message, CRYPTO, keys, iv(cipher));
    int bit = where % (wire.length * 8);
    wire[bit / 8] ^= (byte) (1 << bit % 8);

    assertThat(IkeCodec.open(wire, CRYPTO, keys))
        .isEqualTo(new Failed<>(new DecodeError.AuthenticationFailed()));
  }

  @Property(tries = 2000)
  void shouldNotThrowOnAnyBytes(@ForAll("anyBytes") byte[] bytes) {
    byte[] withHeader = WireBytes.withPlausibleHeader(bytes);

    assertThat(IkeCodec.decode(bytes)).isNotNull();
    assertThat(IkeCodec.decode(withHeader)).isNotNull();
    assertThat(IkeCodec.open(withHeader, CRYPTO, TestCrypto.keys(CIPHER, 1)))
        .isEqualTo(new Failed<>(new DecodeError.AuthenticationFailed()));
  }

  private static final IkeCipher CIPHER = IkeArbitraries.allCiphers().getFirst();

  private static byte[] iv(IkeCipher cipher) {
    return CRYPTO.random(cipher.encryption().ivLength());
  }

  private static <T> T decoded(DecodeResult<T> result) {
    return switch (result) {
      case Decoded<T>(T value) -> value;
      case Failed<T>(DecodeError error) -> throw new AssertionError(error.sentence());
    };
  }
}
