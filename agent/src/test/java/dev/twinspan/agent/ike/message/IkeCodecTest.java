package dev.twinspan.agent.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.crypto.Hex;
import dev.twinspan.agent.ike.message.DecodeError.Truncated;
import dev.twinspan.agent.ike.message.DecodeError.UnsupportedCriticalPayload;
import dev.twinspan.agent.ike.message.DecodeError.UnsupportedVersion;
import dev.twinspan.agent.ike.message.Proposal.Transform;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One payload of each kind as bytes and as value; headers, chains, limits, tolerance. */
class IkeCodecTest {
  private static final IkeHeader HEADER =
      new IkeHeader(
          0x0102030405060708L, 0x1112131415161718L, ExchangeType.IKE_AUTH, true, false, 5);

  /** SPIs, next payload, version, exchange, flags, message id; the length follows. */
  private static final String HEADER_HEX =
      "0102030405060708 1112131415161718 %02x 20 23 20 00000005";

  static Stream<Arguments> fixtures() throws UnknownHostException {
    return Stream.of(
        Arguments.of(
            33,
            """
            02000024 01010003  0300000c 0100000c 800e0100  03000008 02000005  00000008 0300000c
            00000020 02030402 c0ffee01  0300000c 01000014 800e0080  00000008 05000000
            """,
            new Payload.SecurityAssociation(
                List.of(
                    new Proposal(
                        1,
                        Proposal.PROTOCOL_IKE,
                        new byte[0],
                        List.of(
                            new Transform(Transform.ENCR, 12, 256),
                            new Transform(Transform.PRF, 5, 0),
                            new Transform(Transform.INTEG, 12, 0))),
                    new Proposal(
                        2,
                        Proposal.PROTOCOL_ESP,
                        Hex.bytes("c0ffee01"),
                        List.of(
                            new Transform(Transform.ENCR, 20, 128),
                            new Transform(Transform.ESN, 0, 0)))))),
        Arguments.of(34, "0013 0000 aabbcc", new Payload.KeyExchange(19, Hex.bytes("aabbcc"))),
        Arguments.of(
            35,
            "01 000000 c6336407",
            new Payload.Identification(true, IkeId.of(InetAddress.getByName("198.51.100.7")))),
        Arguments.of(
            36,
            "02 000000 6875622e6578616d706c65",
            new Payload.Identification(false, IkeId.fqdn("hub.example"))),
        Arguments.of(37, "04 3082", new Payload.Certificate(4, Hex.bytes("3082"))),
        Arguments.of(38, "04 0a0b", new Payload.CertificateRequest(4, Hex.bytes("0a0b"))),
        Arguments.of(
            39, "02 000000 0102030405", new Payload.Authentication(2, Hex.bytes("0102030405"))),
        Arguments.of(
            40,
            "000102030405060708090a0b0c0d0e0f",
            new Payload.Nonce(Hex.bytes("000102030405060708090a0b0c0d0e0f"))),
        Arguments.of(
            41,
            "03 04 4009 c0ffee01",
            new Payload.Notify(3, Hex.bytes("c0ffee01"), NotifyType.REKEY_SA, new byte[0])),
        Arguments.of(
            41,
            "00 00 4004 aabb",
            new Payload.Notify(
                0, new byte[0], NotifyType.NAT_DETECTION_SOURCE_IP, Hex.bytes("aabb"))),
        Arguments.of(42, "01 00 0000", new Payload.Delete(1, List.of())),
        Arguments.of(
            42,
            "03 04 0002 c0ffee01 c0ffee02",
            new Payload.Delete(3, List.of(Hex.bytes("c0ffee01"), Hex.bytes("c0ffee02")))),
        Arguments.of(43, "cafe", new Payload.VendorId(Hex.bytes("cafe"))),
        Arguments.of(
            44,
            """
            02 000000
            07 00 0010 0000 ffff c0a83200 c0a832ff
            08 11 0028 0035 0035 20010db8000000000000000000000000 20010db800000000ffffffffffffffff
            """,
            new Payload.TrafficSelectors(
                true,
                List.of(
                    new TrafficSelector(
                        0,
                        0,
                        65535,
                        InetAddress.getByName("192.168.50.0"),
                        InetAddress.getByName("192.168.50.255")),
                    new TrafficSelector(
                        17,
                        53,
                        53,
                        InetAddress.getByName("2001:db8::"),
                        InetAddress.getByName("2001:db8::ffff:ffff:ffff:ffff"))))),
        Arguments.of(
            45,
            "01 000000 07 00 0010 ffff 0000 00000000 ffffffff",
            new Payload.TrafficSelectors(
                false,
                List.of(
                    new TrafficSelector(
                        0,
                        65535,
                        0,
                        InetAddress.getByName("0.0.0.0"),
                        InetAddress.getByName("255.255.255.255"))))),
        Arguments.of(48, "01020004", new Payload.Unknown(48, Hex.bytes("01020004"))));
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void shouldReadAndWriteEachPayload(int type, String body, Payload payload) {
    byte[] wire = message(type, body);
    IkeMessage message = new IkeMessage(HEADER, List.of(payload));

    assertThat(decoded(wire)).usingRecursiveComparison().isEqualTo(message);
    assertThat(Hex.text(IkeCodec.encode(message))).isEqualTo(Hex.text(wire));
    assertThat(IkeCodec.header(wire)).isEqualTo(new DecodeResult.Decoded<>(HEADER));
    for (int length = 0; length < wire.length; length++) {
      assertThat(IkeCodec.decode(Arrays.copyOf(wire, length)))
          .isInstanceOf(DecodeResult.Failed.class);
      if (length >= IkeHeader.LENGTH) {
        assertThat(IkeCodec.decode(WireBytes.mendLength(Arrays.copyOf(wire, length))))
            .isInstanceOf(DecodeResult.Failed.class);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          17, 10, 'IKE version is 1, expected 2'
          17, 30, 'IKE version is 3, expected 2'
          18, 21, 'exchange type is 33, expected 34 to 37'
          18, 2b, 'exchange type is 43, expected 34 to 37'
          27, 1d, 'message length is 29, expected the datagram''s 28 bytes'
          24, ff, 'message length is 4278190108, expected the datagram''s 28 bytes'
          """)
  void shouldRefuseHeadersThatAreNotIkev2(int offset, String value, String sentence) {
    byte[] wire = IkeCodec.encode(new IkeMessage(HEADER, List.of()));
    wire[offset] = Hex.bytes(value)[0];

    assertThat(sentence(IkeCodec.header(wire))).isEqualTo(sentence);
    assertThat(sentence(IkeCodec.decode(wire))).isEqualTo(sentence);
  }

  @Test
  void shouldRefuseAnInitiatorSpiOfZero() {
    byte[] wire = IkeCodec.encode(new IkeMessage(HEADER, List.of()));
    Arrays.fill(wire, 0, 8, (byte) 0);

    assertThat(sentence(IkeCodec.header(wire)))
        .isEqualTo("initiator's SPI is 0, expected anything else");
    assertThat(IkeCodec.header(new byte[27]))
        .isEqualTo(new DecodeResult.Failed<>(new Truncated("IKE header", 2, 1)));
    assertThat(IkeCodec.header(new byte[28]))
        .isEqualTo(new DecodeResult.Failed<>(new UnsupportedVersion(0)));
  }

  /** RFC 7296 sections 2.5 and 3.1: minor version, V flag and reserved bits are not looked at. */
  @Test
  void shouldIgnoreWhatIsReserved() {
    byte[] plain = message(40, "00".repeat(16));
    byte[] odd = plain.clone();
    odd[17] |= 0x07;
    odd[19] |= (byte) 0xd7;
    odd[IkeHeader.LENGTH + 1] |= 0x7f;

    assertThat(decoded(odd)).usingRecursiveComparison().isEqualTo(decoded(plain));
  }

  /** RFC 7296 section 2.5: the critical bit says nothing about payloads that are known. */
  @Test
  void shouldHonourTheCriticalBitOfUnknownPayloadsOnly() {
    byte[] known = message(40, "00".repeat(16));
    known[IkeHeader.LENGTH + 1] = (byte) 0x80;
    byte[] unknown = message(200, "aabb");
    assertThat(decoded(unknown).payloads().getFirst())
        .usingRecursiveComparison()
        .isEqualTo(new Payload.Unknown(200, Hex.bytes("aabb")));
    unknown[IkeHeader.LENGTH + 1] = (byte) 0x80;

    assertThat(decoded(known).payloads()).hasSize(1);
    assertThat(IkeCodec.decode(unknown))
        .isEqualTo(new DecodeResult.Failed<>(new UnsupportedCriticalPayload(200)));
  }

  @Test
  void shouldRefuseASecondPayloadOfAKindThatStandsAlone() {
    Payload nonce = new Payload.Nonce(new byte[16]);

    assertThat(sentence(IkeCodec.decode(encoded(nonce, new Payload.VendorId(new byte[3]), nonce))))
        .isEqualTo("payload is 40, expected one Nonce only");
    assertThat(
            decoded(encoded(new Payload.VendorId(new byte[0]), new Payload.VendorId(new byte[0])))
                .payloads())
        .hasSize(2);
  }

  @Test
  void shouldRefuseBytesBehindTheLastPayloadAndLengthsBelowTheHeader() {
    byte[] wire = message(43, "cafe");
    byte[] longer = WireBytes.mendLength(Arrays.copyOf(wire, wire.length + 1));
    byte[] shorter = wire.clone();
    shorter[IkeHeader.LENGTH + 3] = 3;

    assertThat(sentence(IkeCodec.decode(longer)))
        .isEqualTo("bytes behind the last payload is 1, expected none");
    assertThat(sentence(IkeCodec.decode(shorter)))
        .isEqualTo("length of V is 3, expected at least 4");
  }

  @Test
  void shouldLimitPayloadsAndProposals() {
    Payload[] vendors = new Payload[65];
    Arrays.fill(vendors, new Payload.VendorId(new byte[0]));
    String proposal = "%s000008 %02x010000 ";
    StringBuilder many = new StringBuilder();
    for (int i = 1; i <= 65; i++) {
      many.append(proposal.formatted(i == 65 ? "00" : "02", i));
    }

    assertThat(sentence(IkeCodec.decode(encoded(vendors)))).isEqualTo("more than 64 payloads");
    assertThat(decoded(encoded(Arrays.copyOf(vendors, 64))).payloads()).hasSize(64);
    assertThat(sentence(IkeCodec.decode(message(33, many.toString()))))
        .isEqualTo("more than 64 proposals");
  }

  /** RFC 7296 section 3.3.6: not acceptable, but no reason to refuse the message. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "80110001", // an attribute of another type
        "800e0000", // a key length of 0
        "800e0100 800e0080", // two key lengths
        "000e0002 0100" // a key length in the long format
      })
  void shouldKeepTransformsWithAttributesItDoesNotKnowAsUnacceptable(String attributes) {
    byte[] bytes = Hex.bytes(attributes);
    String body =
        "000000%02x 01010001 000000%02x 0100000c".formatted(16 + bytes.length, 8 + bytes.length)
            + Hex.text(bytes);

    IkeMessage message = decoded(message(33, body));

    assertThat(
            ((Payload.SecurityAssociation) message.payloads().getFirst())
                .proposals()
                .getFirst()
                .transforms())
        .containsExactly(new Transform(Transform.ENCR, 12, Transform.UNKNOWN_ATTRIBUTE));
  }

  /** Else a range could begin in one family and end in the other. */
  @Test
  void shouldKeepIpv4MappedAddressesInTheirFamily() {
    IkeMessage message =
        decoded(
            message(
                44,
                "01 000000 08 00 0028 0000 ffff"
                    + "00000000000000000000fffe00000000 00000000000000000000ffff01020304"));

    TrafficSelector selector =
        ((Payload.TrafficSelectors) message.payloads().getFirst()).selectors().getFirst();
    assertThat(selector.first().getAddress()).hasSize(16);
    assertThat(selector.last().getAddress()).hasSize(16);
  }

  @Test
  void shouldLeaveOutSelectorsOfTypesItCannotNarrowTo() {
    IkeMessage message =
        decoded(message(44, "02 000000 0a 00 0006 abcd 07 00 0010 0000 ffff 0a000000 0affffff"));

    assertThat(((Payload.TrafficSelectors) message.payloads().getFirst()).selectors())
        .singleElement()
        .extracting(TrafficSelector::last)
        .hasToString("/10.255.255.255");
  }

  private static byte[] encoded(Payload... payloads) {
    return IkeCodec.encode(new IkeMessage(HEADER, List.of(payloads)));
  }

  private static byte[] message(int type, String body) {
    return WireBytes.message(HEADER_HEX.formatted(type), body);
  }

  private static IkeMessage decoded(byte[] wire) {
    return switch (IkeCodec.decode(wire)) {
      case DecodeResult.Decoded<IkeMessage>(IkeMessage message) -> message;
      case DecodeResult.Failed<IkeMessage>(DecodeError error) ->
          throw new AssertionError(error.sentence());
    };
  }

  private static String sentence(DecodeResult<?> result) {
    return result instanceof DecodeResult.Failed<?>(DecodeError error)
        ? error.sentence()
        : "decoded: " + result;
  }
}
