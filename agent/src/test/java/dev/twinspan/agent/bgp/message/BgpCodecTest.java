package dev.twinspan.agent.bgp.message;

import static dev.twinspan.agent.bgp.message.BgpCorpus.EXTERNAL;
import static dev.twinspan.agent.bgp.message.BgpCorpus.TWO_OCTETS;
import static dev.twinspan.agent.bgp.message.BgpCorpus.address;
import static dev.twinspan.agent.bgp.message.BgpCorpus.nlri;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bgp.message.BgpMessage.Keepalive;
import dev.twinspan.agent.bgp.message.BgpMessage.Open;
import dev.twinspan.agent.bgp.message.BgpMessage.Reach;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.bgp.message.DecodeResult.Decoded;
import dev.twinspan.agent.bgp.message.DecodeResult.Failed;
import dev.twinspan.agent.ike.crypto.Hex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BgpCodecTest {
  private static final String MARKER = "ff".repeat(16);

  static Stream<BgpMessage> messages() {
    return BgpCorpus.messages().stream();
  }

  /** Written by hand from the RFCs' drawings. */
  static Stream<Arguments> fixtures() {
    return Stream.of(
        Arguments.of("0013 04", new Keepalive()),
        Arguments.of(
            "002b 01 04 5ba0 00b4 0aff0011 0e 020c 01040001 0001 4104 fa56ea01".replace(" ", ""),
            new Open(
                23456,
                180,
                0x0aff0011,
                List.of(
                    new Capability.MultiProtocol(Family.IPV4_UNICAST),
                    new Capability.FourOctetAs(4_200_000_001L)))),
        Arguments.of("0017 02 0000 0000", Update.endOfRib(Family.IPV4_UNICAST)),
        Arguments.of("001d 02 0000 0006 800f 03 0002 01", Update.endOfRib(Family.IPV6_UNICAST)),
        Arguments.of("001b 02 0004 180a0102 0000", Update.withdraw(List.of(nlri("10.1.2.0/24")))),
        Arguments.of(
            "0032 02 0000 0014 400101 00 400206 02 01 0000ffeb 400304 0a0aff04".replace(" ", "")
                + "18c0a832 100a0a",
            Update.announce(
                BgpCorpus.PLAIN,
                new Reach(
                    Family.IPV4_UNICAST,
                    address("10.10.255.4"),
                    List.of(nlri("192.168.50.0/24"), nlri("10.10.0.0/16"))))),
        Arguments.of("001a 03 06 02 04 627965 21", Notification.cease(2, "bye!")));
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void shouldReadAndWriteWhatTheRfcsDraw(String hex, BgpMessage message) {
    assertThat(Hex.text(BgpCodec.encode(message, EXTERNAL)))
        .isEqualTo(Hex.text(Hex.bytes(MARKER + hex)));
    assertThat(BgpCodec.decode(Hex.bytes(MARKER + hex), EXTERNAL)).isEqualTo(new Decoded(message));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void shouldReadBackWhatItWrote(BgpMessage message) {
    byte[] wire = BgpCodec.encode(message, EXTERNAL);
    assertThat(BgpCodec.decode(wire, EXTERNAL)).isEqualTo(new Decoded(message));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void shouldCarryFourOctetNumbersThroughTwoOctetSessions(BgpMessage message) {
    byte[] wire = BgpCodec.encode(message, TWO_OCTETS);
    assertThat(BgpCodec.decode(wire, TWO_OCTETS)).isEqualTo(new Decoded(message));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void shouldRefuseEveryTruncation(BgpMessage message) {
    byte[] whole = BgpCodec.encode(message, EXTERNAL);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThat(BgpCodec.decode(cut, EXTERNAL)).isInstanceOf(Failed.class);
      // With a header that owns up to it, it is shorter inside.
      if (length >= BgpCodec.HEADER) {
        HostileInput.check(mendLength(cut));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("messages")
  void shouldCutTheStreamWhereverTcpCutIt(BgpMessage message) {
    byte[] one = BgpCodec.encode(message, EXTERNAL);
    byte[] stream = Arrays.copyOf(one, 2 * one.length);
    System.arraycopy(one, 0, stream, one.length, one.length);
    for (int cut = 0; cut <= stream.length; cut += 1 + cut / 50) {
      Framer framer = new Framer();
      List<byte[]> found = new ArrayList<>();
      framer.push(Arrays.copyOf(stream, cut));
      framer.next().ifPresent(found::add);
      framer.next().ifPresent(found::add);
      framer.push(Arrays.copyOfRange(stream, cut, stream.length));
      framer.next().ifPresent(found::add);
      framer.next().ifPresent(found::add);
      assertThat(found).containsExactly(one, one);
      assertThat(framer.next()).isEmpty();
      assertThat(framer.error()).isEmpty();
    }
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of("00".repeat(16) + "0013 04", 1, 1, "marker"),
        Arguments.of(MARKER + "0012 04", 1, 2, "18"),
        Arguments.of(MARKER + "1001 02" + "00".repeat(4078), 1, 2, "4097"),
        Arguments.of(MARKER + "0014 04 00", 1, 2, "20"),
        Arguments.of(MARKER + "0013 07", 1, 3, "type is 7"),
        Arguments.of(MARKER + "001d 01 03 fde8 00b4 0a000001 00", 2, 1, "version is 3"),
        Arguments.of(MARKER + "001d 01 04 0000 00b4 0a000001 00", 2, 2, "ASN is 0"),
        Arguments.of(MARKER + "001d 01 04 fde8 00b4 00000000 00", 2, 3, "Identifier"),
        Arguments.of(MARKER + "001d 01 04 fde8 0002 0a000001 00", 2, 6, "hold time is 2"),
        Arguments.of(MARKER + "001f 01 04 fde8 00b4 0a000001 02 0100", 2, 4, "type is 1"),
        Arguments.of(MARKER + "001f 01 04 fde8 00b4 0a000001 03 0200", 2, 0, "2 are there"),
        Arguments.of(MARKER + "0016 05 000100", 7, 1, "3 octets"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void shouldAnswerWithTheRightCode(String hex, int code, int subcode, String words) {
    DecodeResult result = BgpCodec.decode(Hex.bytes(hex), EXTERNAL);
    assertThat(result).isInstanceOf(Failed.class);
    DecodeError error = ((Failed) result).error();
    assertThat(error.answer().code()).isEqualTo(code);
    assertThat(error.answer().subcode()).isEqualTo(subcode);
    assertThat(error.sentence()).contains(words);
  }

  @Test
  void shouldReadExtendedOptionalParameters() {
    List<Capability> many = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      many.add(new Capability.Unknown(100 + i, Bytes.of(new byte[40])));
    }
    Open open = new Open(65010, 90, 7, many);
    byte[] wire = BgpCodec.encode(open, EXTERNAL);
    assertThat(wire[28] & 0xff).isEqualTo(255);
    assertThat(wire[29] & 0xff).isEqualTo(255);
    assertThat(BgpCodec.decode(wire, EXTERNAL)).isEqualTo(new Decoded(open));
  }

  @Test
  void shouldBoundAndCleanShutdownMessages() {
    Notification cut = Notification.cease(2, "ü".repeat(200));
    assertThat(cut.shutdownMessage()).contains("ü".repeat(127));
    assertThat(Notification.cease(4, "a\u001b[2Jb\n").shutdownMessage()).contains("a.[2Jb.");
    assertThat(new Notification(6, 2, Bytes.of((byte) 2, (byte) 0xc3, (byte) 0x28)).sentence())
        .isEqualTo("Cease/Administrative Shutdown (6/2)");
    assertThat(new Notification(6, 2, Bytes.of((byte) 200, (byte) 'x')).shutdownMessage())
        .isEmpty();
  }

  @Test
  void shouldPutAsManyPrefixesIntoAMessageAsFit() {
    List<Nlri> prefixes = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      prefixes.add(nlri("10.%d.%d.0/24".formatted(i / 250, i % 250)));
      prefixes.add(nlri("2001:db8:%x::/48".formatted(i)));
    }
    List<Update> announced = new ArrayList<>();
    for (Family family : Family.values()) {
      boolean six = family == Family.IPV6_UNICAST;
      announced.addAll(
          UpdatePacker.announce(
              BgpCorpus.everything(),
              family,
              address(six ? "fd00::1" : "10.0.0.1"),
              prefixes.stream().filter(p -> p.family() == family).toList(),
              EXTERNAL));
    }
    List<Nlri> seen = new ArrayList<>();
    for (Update update : announced) {
      assertThat(BgpCodec.encode(update, EXTERNAL).length).isLessThanOrEqualTo(4096);
      update.reach().forEach(reach -> seen.addAll(reach.nlri()));
    }
    assertThat(seen).containsExactlyInAnyOrderElementsOf(prefixes);
    // (4 + 7) × 4,000 octets, by messages of some 3,500 beside their attributes.
    assertThat(announced.size()).isLessThanOrEqualTo(14);
    List<Update> withdrawn = UpdatePacker.withdraw(prefixes);
    withdrawn.forEach(u -> assertThat(BgpCodec.encode(u, EXTERNAL).length).isBetween(24, 4096));
    assertThat(withdrawn.stream().mapToInt(u -> u.withdrawn().size()).sum()).isEqualTo(8_000);
    assertThat(withdrawn.size()).isLessThanOrEqualTo(11);
  }

  static byte[] mendLength(byte[] wire) {
    wire[16] = (byte) (wire.length >> 8);
    wire[17] = (byte) wire.length;
    return wire;
  }
}
