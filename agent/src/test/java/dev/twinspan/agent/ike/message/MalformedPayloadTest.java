package dev.twinspan.agent.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.message.DecodeError.InvalidSyntax;
import dev.twinspan.agent.ike.message.DecodeError.TooMany;
import dev.twinspan.agent.ike.message.DecodeError.Truncated;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What can be wrong with each payload, and that the error says it. */
class MalformedPayloadTest {
  private static final String HEADER = "0102030405060708 1112131415161718 %02x 20 23 20 00000005";

  static Stream<Arguments> malformed() {
    return Stream.of(
        bad(33, "", new Truncated("SA", 1, 0)),
        bad(33, "00000007 01010000", new InvalidSyntax("length of proposal 1", 7, "at least 8")),
        bad(
            33,
            "01000008 01010000",
            new InvalidSyntax("last substructure of proposal 1", 1, "0 or 2")),
        bad(33, "00000008 00010000", new InvalidSyntax("number of proposal 1", 0, "1, 2, 3 …")),
        bad(
            33,
            "02000008 02010000 00000008 03010000",
            new InvalidSyntax("number of proposal 1", 2, "1, 2, 3 …")),
        bad(
            33,
            "00000008 01010000 00",
            new InvalidSyntax("bytes behind the last proposal", 1, "none")),
        bad(
            33,
            "00000008 01030000",
            new InvalidSyntax("SPI size of proposal 1", 0, "4 for ESP and AH")),
        bad(
            33,
            "0000000c 01010400 00000000",
            new InvalidSyntax("SPI size of proposal 1", 4, "0 or 8 for IKE")),
        bad(33, "00000008 01010001", new Truncated("proposal 1", 1, 0)),
        bad(
            33,
            "00000010 01010001 03000008 01000014",
            new InvalidSyntax("last substructure of proposal 1, transform 1", 3, "0")),
        bad(
            33,
            "00000018 01010002 00000008 01000014 00000008 02000005",
            new InvalidSyntax("last substructure of proposal 1, transform 1", 0, "3")),
        bad(
            33,
            "00000010 01010001 00000007 01000014",
            new InvalidSyntax("length of proposal 1, transform 1", 7, "at least 8")),
        bad(
            33,
            "00000010 01010000 00000008 01000014",
            new InvalidSyntax("bytes behind the transforms of proposal 1", 8, "none")),
        bad(
            33,
            "00000012 01010001 0000000a 01000014 800e",
            new Truncated("proposal 1, transform 1", 2, 0)),
        bad(
            33,
            "00000014 01010001 0000000c 01000014 000e0004",
            new Truncated("proposal 1, transform 1", 4, 0)),
        bad(33, "00000008 01010081", new TooMany("transforms in proposal 1", 128)),
        bad(
            33,
            "00000034 01010001 0000002c 01000014 " + "80110001".repeat(9),
            new TooMany("attributes in proposal 1, transform 1", 8)),
        bad(34, "0013 00", new Truncated("KE", 2, 1)),
        bad(35, "01 000000 c63364", new InvalidSyntax("length of an identity of type 1", 3, "4")),
        bad(
            36,
            "05 000000 c6336407",
            new InvalidSyntax("length of an identity of type 5", 4, "16")),
        bad(37, "", new Truncated("CERT", 1, 0)),
        bad(39, "02 0000", new Truncated("AUTH", 3, 2)),
        bad(40, "00".repeat(15), new InvalidSyntax("length of Nonce", 15, "16 to 256")),
        bad(40, "00".repeat(257), new InvalidSyntax("length of Nonce", 257, "16 to 256")),
        bad(41, "03 04 4009 c0ffee", new Truncated("N", 4, 3)),
        bad(41, "03 05 4009 c0ffee0102", new InvalidSyntax("SPI size of N(REKEY_SA)", 5, "0 or 4")),
        bad(42, "01 04 0000", new InvalidSyntax("SPI size of D for protocol 1", 4, "0")),
        bad(42, "01 00 0001", new InvalidSyntax("number of SPIs of D for the IKE SA", 1, "0")),
        bad(42, "03 08 0000", new InvalidSyntax("SPI size of D for protocol 3", 8, "4")),
        bad(42, "03 04 0002 c0ffee01", new Truncated("D", 4, 0)),
        bad(42, "03 04 0101", new TooMany("SPIs in D", 256)),
        bad(
            42,
            "03 04 0001 c0ffee01 00",
            new InvalidSyntax("bytes behind the SPIs of D", 1, "none")),
        bad(44, "00 000000", new InvalidSyntax("number of selectors of TSi", 0, "at least 1")),
        bad(
            44,
            "01 000000 07 00 0003",
            new InvalidSyntax("length of TSi, selector 1", 3, "at least 4")),
        bad(
            44,
            "01 000000 07 00 000c 0000 ffff 00000000",
            new InvalidSyntax("length of TSi, selector 1", 12, "16")),
        bad(
            45,
            "01 000000 07 00 0010 0002 0001 00000000 ffffffff",
            new InvalidSyntax("end port of TSr, selector 1", 1, "at least 2")),
        bad(
            45,
            "01 000000 07 00 0010 0000 ffff 0a000002 0a000001",
            new InvalidSyntax(
                "last byte of the ending address of TSr, selector 1",
                1,
                "an address not below the starting address")),
        bad(
            45,
            "01 000000 07 00 0010 0000 ffff 0a000001 0a000001 00",
            new InvalidSyntax("bytes behind the selectors of TSr", 1, "none")),
        bad(46, "00000000", new InvalidSyntax("payload", 46, "a payload in the clear")),
        bad(53, "00000000", new InvalidSyntax("payload", 53, "a payload in the clear")));
  }

  private static Arguments bad(int type, String body, DecodeError error) {
    return Arguments.of(type, body, error);
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void shouldSayWhatIsWrong(int type, String body, DecodeError error) {
    assertThat(IkeCodec.decode(WireBytes.message(HEADER.formatted(type), body)))
        .isEqualTo(new DecodeResult.Failed<IkeMessage>(error));
    assertThat(error.sentence()).isNotBlank();
  }
}
