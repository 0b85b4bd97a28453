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
import dev.twinspan.agent.ike.message.DecodeError.UnsupportedCriticalPayload;
import dev.twinspan.agent.ike.message.DecodeResult.Decoded;
import dev.twinspan.agent.ike.message.DecodeResult.Failed;
import dev.twinspan.agent.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * SK in every protection there is: what an honest peer may write, and what a dishonest one does.
 */
class EncryptedPayloadTest {
  private static final IkeCrypto CRYPTO = TestCrypto.seeded(1);
  private static final IkeHeader HEADER =
      new IkeHeader(1, 2, ExchangeType.INFORMATIONAL, false, true, 7);
  private static final String VENDOR_CAFE = "0000 0006 cafe";
  private static final int VENDOR = 43;

  static Stream<IkeCipher> ciphers() {
    return IkeArbitraries.allCiphers().stream();
  }

  @ParameterizedTest
  @MethodSource("ciphers")
  void shouldCarryNothingAtAll(IkeCipher cipher) {
    ProtectionKeys keys = TestCrypto.keys(cipher, 3);
    byte[] wire = IkeCodec.seal(new IkeMessage(HEADER, List.of()), CRYPTO, keys, iv(cipher));

    assertThat(wire[16]).isEqualTo((byte) PayloadType.SK);
    assertThat(opened(wire, keys)).isEqualTo(new IkeMessage(HEADER, List.of()));
  }

  /** RFC 7296 section 3.14: up to 255 bytes, of any value. */
  @ParameterizedTest
  @MethodSource("ciphers")
  void shouldAcceptMorePaddingThanTheBlockAsksFor(IkeCipher cipher) {
    ProtectionKeys keys = TestCrypto.keys(cipher, 3);
    int block = cipher.encryption().blockLength();
    byte[] inner = Hex.bytes(VENDOR_CAFE);
    int padLength = 240 - inner.length - 1;
    byte[] plaintext = Arrays.copyOf(inner, 240);
    Arrays.fill(plaintext, inner.length, 240, (byte) 0xa5);
    plaintext[239] = (byte) padLength;
    assertThat(240 % block).isZero();

    IkeMessage message = opened(sealed(keys, PayloadType.NONE, "", VENDOR, plaintext), keys);

    assertThat(message.payloads())
        .singleElement()
        .usingRecursiveComparison()
        .isEqualTo(new Payload.VendorId(Hex.bytes("cafe")));
  }

  @ParameterizedTest
  @MethodSource("ciphers")
  void shouldRefuseAPadLengthLongerThanTheContent(IkeCipher cipher) {
    ProtectionKeys keys = TestCrypto.keys(cipher, 3);
    byte[] plaintext = new byte[16];
    plaintext[15] = 16;

    assertThat(open(sealed(keys, PayloadType.NONE, "", VENDOR, plaintext), keys))
        .isEqualTo(failed(new InvalidSyntax("pad length of SK", 16, "at most 15")));
  }

  @ParameterizedTest
  @MethodSource("ciphers")
  void shouldRefuseEveryTruncation(IkeCipher cipher) {
    ProtectionKeys keys = TestCrypto.keys(cipher, 3);
    Payload nonce = new Payload.Nonce(new byte[32]);
    byte[] wire = IkeCodec.seal(new IkeMessage(HEADER, List.of(nonce)), CRYPTO, keys, iv(cipher));

    for (int length = 0; length < wire.length; length++) {
      byte[] cut = Arrays.copyOf(wire, length);
      assertThat(open(cut, keys)).isEqualTo(failed(new AuthenticationFailed()));
      WireBytes.mendLength(cut);
      assertThat(open(cut, keys)).isEqualTo(failed(new AuthenticationFailed()));
      if (length > IkeHeader.LENGTH + 4) {
        ByteBuffer.wrap(cut).putShort(IkeHeader.LENGTH + 2, (short) (length - IkeHeader.LENGTH));
        assertThat(open(cut, keys)).isEqualTo(failed(new AuthenticationFailed()));
      }
    }
  }

  /** Its sender has the keys, so these errors are the peer's own and may be answered. */
  @Test
  void shouldReportWhatAnAuthenticPeerGetsWrongInside() {
    ProtectionKeys keys = keys();

    assertThat(open(sealed(keys, PayloadType.NONE, "", 99, Hex.bytes("0080 0004 00")), keys))
        .isEqualTo(failed(new UnsupportedCriticalPayload(99)));
    assertThat(
            open(
                sealed(keys, PayloadType.NONE, "", PayloadType.SK, Hex.bytes("00000004 00")), keys))
        .isEqualTo(failed(new InvalidSyntax("payload", 46, "a payload in the clear")));
    assertThat(open(sealed(keys, PayloadType.NONE, "", PayloadType.NONE, Hex.bytes("01 00")), keys))
        .isEqualTo(failed(new InvalidSyntax("bytes behind the last payload", 1, "none")));
  }

  /** RFC 7296 section 1.2: all but the header of these exchanges is protected. */
  @Test
  void shouldRefuseKnownPayloadsInFrontOfSk() {
    ProtectionKeys keys = keys();
    String vendorInTheClear = "%02x00 0006 beef".formatted(PayloadType.SK);

    assertThat(
            open(
                sealed(keys, VENDOR, vendorInTheClear, VENDOR, Hex.bytes(VENDOR_CAFE + "00")),
                keys))
        .isEqualTo(failed(new InvalidSyntax("payload before SK", 43, "all payloads inside SK")));
    assertThat(
            opened(sealed(keys, 99, vendorInTheClear, VENDOR, Hex.bytes(VENDOR_CAFE + "00")), keys)
                .payloads())
        .as("an unknown one is ignored")
        .hasSize(1);
    String critical = "%02x80 0006 beef".formatted(PayloadType.SK);
    assertThat(open(sealed(keys, 99, critical, VENDOR, Hex.bytes(VENDOR_CAFE + "00")), keys))
        .isEqualTo(failed(new UnsupportedCriticalPayload(99)));
  }

  /** Anyone can send these: they must not look like something the peer said. */
  @Test
  void shouldTakeNothingFromMessagesThatAreNotProtected() {
    ProtectionKeys keys = keys();
    byte[] clear =
        IkeCodec.encode(
            new IkeMessage(HEADER, List.of(new Payload.Delete(Proposal.PROTOCOL_IKE, List.of()))));
    byte[] fragment =
        Hex.bytes(
            "0000000000000001 0000000000000002 35 20 25 08 00000007 00000030"
                + "2b00 0014 0001 0001 000000000000000000000000");

    assertThat(open(clear, keys)).isEqualTo(failed(new AuthenticationFailed()));
    assertThat(open(WireBytes.mendLength(fragment), keys))
        .isEqualTo(failed(new AuthenticationFailed()));
    assertThat(open(new byte[0], keys)).isEqualTo(failed(new AuthenticationFailed()));
  }

  @Test
  void shouldNotOpenWithTheKeysOfTheOtherDirection() {
    IkeCipher cipher = keys().cipher();
    byte[] wire =
        IkeCodec.seal(
            new IkeMessage(HEADER, List.of()), CRYPTO, TestCrypto.keys(cipher, 1), iv(cipher));

    assertThat(open(wire, TestCrypto.keys(cipher, 2)))
        .isEqualTo(failed(new AuthenticationFailed()));
  }

  @Test
  void shouldNotSealWhatCannotBeSent() {
    ProtectionKeys keys = keys();
    IkeMessage empty = new IkeMessage(HEADER, List.of());
    IkeMessage huge = new IkeMessage(HEADER, List.of(new Payload.VendorId(new byte[65_500])));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> IkeCodec.seal(empty, CRYPTO, keys, new byte[7]))
        .withMessageContaining("IV of 7 bytes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IkeCodec.seal(huge, CRYPTO, keys, iv(keys.cipher())))
        .withMessageContaining("at most 65503");
  }

  private static ProtectionKeys keys() {
    IkeCipher gcm = IkeArbitraries.allCiphers().getLast();
    assertThat(gcm.encryption()).isEqualTo(IkeCipher.Encryption.AES_GCM_16);
    return TestCrypto.keys(gcm, 3);
  }

  /** A message sealed by hand: what stands before SK, and what stands in it. */
  private static byte[] sealed(
      ProtectionKeys keys, int outerType, String outer, int innerType, byte[] plaintext) {
    IkeCipher cipher = keys.cipher();
    byte[] before = Hex.bytes(outer);
    int sk = 4 + cipher.encryption().ivLength() + plaintext.length + cipher.integrity().icvLength();
    WireWriter out = new WireWriter();
    HeaderCodec.encode(
        out,
        HEADER,
        outer.isEmpty() ? PayloadType.SK : outerType,
        IkeHeader.LENGTH + before.length + sk);
    out.bytes(before).u8(innerType).u8(0).u16(sk);
    return out.bytes(CRYPTO.seal(keys, out.toByteArray(), iv(cipher), plaintext)).toByteArray();
  }

  private static byte[] iv(IkeCipher cipher) {
    return CRYPTO.random(cipher.encryption().ivLength());
  }

  private static DecodeResult<IkeMessage> open(byte[] wire, ProtectionKeys keys) {
    return IkeCodec.open(wire, CRYPTO, keys);
  }

  private static IkeMessage opened(byte[] wire, ProtectionKeys keys) {
    return switch (open(wire, keys)) {
      case Decoded<IkeMessage>(IkeMessage message) -> message;
      case Failed<IkeMessage>(DecodeError error) -> throw new AssertionError(error.sentence());
    };
  }

  private static DecodeResult<IkeMessage> failed(DecodeError error) {
    return new Failed<>(error);
  }
}
