package dev.twinspan.agent.bgp.message;

import static dev.twinspan.agent.bgp.message.AttributeFault.Treatment.AFI_SAFI_DISABLE;
import static dev.twinspan.agent.bgp.message.AttributeFault.Treatment.ATTRIBUTE_DISCARD;
import static dev.twinspan.agent.bgp.message.AttributeFault.Treatment.SESSION_RESET;
import static dev.twinspan.agent.bgp.message.AttributeFault.Treatment.TREAT_AS_WITHDRAW;
import static dev.twinspan.agent.bgp.message.BgpCorpus.EXTERNAL;
import static dev.twinspan.agent.bgp.message.BgpCorpus.INTERNAL;
import static dev.twinspan.agent.bgp.message.BgpCorpus.TWO_OCTETS;
import static dev.twinspan.agent.bgp.message.BgpCorpus.nlri;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bgp.message.AttributeFault.Treatment;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.bgp.message.DecodeResult.Decoded;
import dev.twinspan.agent.bgp.message.DecodeResult.Failed;
import dev.twinspan.agent.ike.crypto.Hex;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each class of malformed UPDATE and the treatment prescribed for it, by section of RFC 7606. */
class Rfc7606Test {
  private static final String ORIGIN = "400101 00";
  private static final String AS_PATH = "400206 0201 0000ffeb";
  private static final String AS_PATH_2 = "400204 0201 ffeb";
  private static final String NEXT_HOP = "400304 0a0aff04";
  private static final String LOCAL_PREF = "400504 00000064";
  private static final String BASE = ORIGIN + AS_PATH + NEXT_HOP;
  private static final String NEXT_HOP_6 = "0002 01 10 fd000000000000000000000000000004 00";

  /** One malformed UPDATE. The NLRI field is 10.10.0.0/16 unless the case is about it. */
  private record Case(
      String section, String what, CodecContext context, String hex, Treatment expected) {
    @Override
    public String toString() {
      return section + ": " + what + " → " + expected;
    }
  }

  private static Case with(String section, String what, String attributes, Treatment expected) {
    return with(section, what, EXTERNAL, attributes, expected);
  }

  private static Case with(
      String section, String what, CodecContext context, String attributes, Treatment expected) {
    return new Case(section, what, context, update("", attributes, "100a0a"), expected);
  }

  private static Case raw(String section, String what, String hex, Treatment expected) {
    return new Case(section, what, EXTERNAL, hex, expected);
  }

  private static String update(String withdrawn, String attributes, String nlri) {
    return "%04x%s%04x%s%s"
        .formatted(
            Hex.bytes(withdrawn).length, withdrawn, Hex.bytes(attributes).length, attributes, nlri);
  }

  private static String internal(String attributes) {
    return BASE + LOCAL_PREF + attributes;
  }

  static Stream<Case> cases() {
    return Stream.of(
        // Lists that contradict the message.
        raw("RFC 4271 6.3", "Withdrawn Routes too long", "0009 0000", SESSION_RESET),
        raw("RFC 4271 6.3", "attributes too long", "0000 0009 4001", SESSION_RESET),
        // Section 3.
        with("3 (c)", "ORIGIN optional", "c00101 00" + AS_PATH + NEXT_HOP, TREAT_AS_WITHDRAW),
        with("3 (c)", "MED transitive", BASE + "c00404 00000001", TREAT_AS_WITHDRAW),
        with("3 (c)", "COMMUNITIES not transitive", BASE + "800804 fde80001", TREAT_AS_WITHDRAW),
        with("3 (d)", "no ORIGIN", AS_PATH + NEXT_HOP, TREAT_AS_WITHDRAW),
        with("3 (d)", "no AS_PATH", ORIGIN + NEXT_HOP, TREAT_AS_WITHDRAW),
        with("3 (d)", "no NEXT_HOP", ORIGIN + AS_PATH, TREAT_AS_WITHDRAW),
        with("3 (d)", "no LOCAL_PREF inside", INTERNAL, BASE, TREAT_AS_WITHDRAW),
        with("3 (e)", "NEXT_HOP 0.0.0.0", ORIGIN + AS_PATH + "40030400000000", TREAT_AS_WITHDRAW),
        with("3 (e)", "NEXT_HOP multicast", ORIGIN + AS_PATH + "400304e0000001", TREAT_AS_WITHDRAW),
        with("3 (f)", "ATOMIC_AGGREGATE optional", BASE + "c00600", ATTRIBUTE_DISCARD),
        with("3 (f)", "AGGREGATOR well-known", BASE + "4007080000ffeb0a000001", ATTRIBUTE_DISCARD),
        with("3 (g)", "ORIGIN twice", BASE + "400101 02", ATTRIBUTE_DISCARD),
        with("3 (g)", "MP_UNREACH_NLRI twice", BASE + "800f03 000201 800f03 000201", SESSION_RESET),
        with(
            "3 (h)",
            "the strongest counts",
            BASE + "400600 400601 00 800403 000000",
            TREAT_AS_WITHDRAW),
        raw("3 (i)", "withdrawn prefix of 33 bits", update("210a00000000", "", ""), SESSION_RESET),
        raw("3 (j)", "NLRI of 33 bits", update("", BASE, "210a00000000"), SESSION_RESET),
        raw("3 (j)", "NLRI cut short", update("", BASE, "180a00"), SESSION_RESET),
        with("3 (j)", "MP_REACH_NLRI without end", BASE + "800e10 0002", SESSION_RESET),
        // Section 4.
        with("4", "attribute overruns the list", BASE + "8004ff 00", TREAT_AS_WITHDRAW),
        with("4", "two octets left", BASE + "8004", TREAT_AS_WITHDRAW),
        with("4", "extended length cut", BASE + "900400", TREAT_AS_WITHDRAW),
        with("4", "zero length", BASE + "800400", TREAT_AS_WITHDRAW),
        // Section 5.
        raw("5.2", "bad attribute, no prefix", update("", "400101 07", ""), SESSION_RESET),
        raw("5.2", "discarded, no prefix", update("", ORIGIN + "400601 00", ""), ATTRIBUTE_DISCARD),
        with(
            "5.3",
            "IPv6 prefix of 129 bits",
            BASE + "800e26" + NEXT_HOP_6 + "81" + "00".repeat(16),
            AFI_SAFI_DISABLE),
        with("5.3", "IPv6 withdrawal cut", BASE + "800f05 000201 2020", AFI_SAFI_DISABLE),
        // Section 7.
        with("7.1", "ORIGIN 3", "400101 03" + AS_PATH + NEXT_HOP, TREAT_AS_WITHDRAW),
        with("7.1", "ORIGIN of 2 octets", "400102 0000" + AS_PATH + NEXT_HOP, TREAT_AS_WITHDRAW),
        with(
            "7.2", "segment type 5", ORIGIN + "400206 0501 0000ffeb" + NEXT_HOP, TREAT_AS_WITHDRAW),
        with(
            "7.2",
            "segment overrun",
            ORIGIN + "400206 0202 0000ffeb" + NEXT_HOP,
            TREAT_AS_WITHDRAW),
        with(
            "7.2",
            "segment underrun",
            ORIGIN + "400207 0201 0000ffeb 02" + NEXT_HOP,
            TREAT_AS_WITHDRAW),
        with("7.2", "segment of none", ORIGIN + "400202 0200" + NEXT_HOP, TREAT_AS_WITHDRAW),
        with("RFC 7607 2", "ASN 0", ORIGIN + "400206 0201 00000000" + NEXT_HOP, TREAT_AS_WITHDRAW),
        with("7.3", "NEXT_HOP of 3 octets", ORIGIN + AS_PATH + "400303 0a0aff", TREAT_AS_WITHDRAW),
        with("7.4", "MED of 3 octets", BASE + "800403 000000", TREAT_AS_WITHDRAW),
        with("7.5", "LOCAL_PREF from outside", BASE + LOCAL_PREF, ATTRIBUTE_DISCARD),
        with("7.5", "LOCAL_PREF of 3", INTERNAL, BASE + "400503 000000", TREAT_AS_WITHDRAW),
        with("7.6", "ATOMIC_AGGREGATE of 1", BASE + "400601 00", ATTRIBUTE_DISCARD),
        with("7.7", "AGGREGATOR of 6", BASE + "c00706 ffeb0a000001", ATTRIBUTE_DISCARD),
        with(
            "7.7",
            "AGGREGATOR of 8 in 2-octet session",
            TWO_OCTETS,
            ORIGIN + AS_PATH_2 + NEXT_HOP + "c00708 0000ffeb0a000001",
            ATTRIBUTE_DISCARD),
        with(
            "RFC 7607 2", "AGGREGATOR of AS 0", BASE + "c00708000000000a000001", ATTRIBUTE_DISCARD),
        with("7.8", "COMMUNITIES of 5", BASE + "c00805 fde8000100", TREAT_AS_WITHDRAW),
        with("7.8", "COMMUNITIES of 0", BASE + "c00800", TREAT_AS_WITHDRAW),
        with("7.9", "ORIGINATOR_ID from outside", BASE + "800904 0a000001", ATTRIBUTE_DISCARD),
        with("7.9", "ORIGINATOR_ID of 3", INTERNAL, internal("800903 0a0000"), TREAT_AS_WITHDRAW),
        with("7.10", "CLUSTER_LIST from outside", BASE + "800a04 0a000001", ATTRIBUTE_DISCARD),
        with(
            "7.10",
            "CLUSTER_LIST of 5",
            INTERNAL,
            internal("800a05 0a00000100"),
            TREAT_AS_WITHDRAW),
        with("7.10", "CLUSTER_LIST of 0", INTERNAL, internal("800a00"), TREAT_AS_WITHDRAW),
        with(
            "7.11",
            "next hop of 5 octets",
            BASE + "800e0a 000201 05 0000000000 00",
            AFI_SAFI_DISABLE),
        new Case(
            "7.11",
            "next hop of 5 octets, no other family",
            new CodecContext(true, true, Set.of(Family.IPV6_UNICAST)),
            update("", BASE + "800e0a 000201 05 0000000000 00", ""),
            SESSION_RESET),
        with("7.12", "MP_UNREACH_NLRI of 2 octets", BASE + "800f02 0002", SESSION_RESET),
        with(
            "7.14", "extended communities of 7", BASE + "c01007 00000000000000", TREAT_AS_WITHDRAW),
        with("7.15", "IPv6 communities of 8", BASE + "c01908 0000000000000000", TREAT_AS_WITHDRAW),
        with(
            "RFC 8092 5",
            "large communities of 8",
            BASE + "c02008" + "00".repeat(8),
            TREAT_AS_WITHDRAW),
        with(
            "RFC 6793 4.1",
            "AS4_PATH from a new speaker",
            BASE + "c01106 0201 0000ffeb",
            ATTRIBUTE_DISCARD),
        with(
            "RFC 6793 6",
            "AS4_PATH malformed",
            TWO_OCTETS,
            ORIGIN + AS_PATH_2 + NEXT_HOP + "c01105 0201 0000ff",
            ATTRIBUTE_DISCARD),
        with("RFC 4271 6.3", "unknown well-known attribute", BASE + "40c801 00", SESSION_RESET));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void shouldTreatAsPrescribed(Case c) {
    DecodeResult result = decode(c.hex(), c.context());
    if (c.expected() == SESSION_RESET) {
      assertThat(result).isInstanceOf(Failed.class);
      assertThat(((Failed) result).error().answer().code()).isEqualTo(Notification.UPDATE_ERROR);
      return;
    }
    assertThat(result).isInstanceOf(Decoded.class);
    Update update = (Update) ((Decoded) result).message();
    assertThat(update.faults().stream().map(AttributeFault::treatment).max(Treatment::compareTo))
        .contains(c.expected());
    assertThat(update.faults()).allSatisfy(f -> assertThat(f.section()).startsWith("RFC "));
    boolean carriesPrefix = c.hex().endsWith("100a0a");
    switch (c.expected()) {
      case TREAT_AS_WITHDRAW -> {
        assertThat(update.reach()).isEmpty();
        assertThat(update.withdrawn()).containsExactly(nlri("10.10.0.0/16"));
      }
      case AFI_SAFI_DISABLE -> {
        assertThat(update.disabled()).containsExactly(Family.IPV6_UNICAST);
        assertThat(update.reach()).hasSize(1);
      }
      default -> {
        assertThat(update.withdrawn()).isEmpty();
        assertThat(update.reach()).hasSize(carriesPrefix ? 1 : 0);
        assertThat(update.disabled()).isEmpty();
      }
    }
  }

  @Test
  void shouldWithdrawIpv6PrefixesOfABadAnnouncement() {
    String attributes = "800e1a" + NEXT_HOP_6 + "20 20010db8" + "400101 09" + AS_PATH;
    Update update = (Update) ((Decoded) decode(update("", attributes, ""), EXTERNAL)).message();
    assertThat(update.withdrawn()).containsExactly(nlri("2001:db8::/32"));
    assertThat(update.reach()).isEmpty();
  }

  /** Section 3 (g). */
  @Test
  void shouldKeepTheFirstOfTwo() {
    String attributes = BASE + "c00804 fde80001" + "c00804 fde80002";
    Update update =
        (Update) ((Decoded) decode(update("", attributes, "100a0a"), EXTERNAL)).message();
    PathAttributes kept = update.attributes();
    assertThat(kept).isNotNull();
    assertThat(kept.communities()).containsExactly(0xfde80001);
  }

  @Test
  void shouldIgnoreFamiliesNotAgreedOn() {
    CodecContext only4 = new CodecContext(true, true, Set.of(Family.IPV4_UNICAST));
    String attributes = BASE + "800e1a" + NEXT_HOP_6 + "20 20010db8";
    Update update = (Update) ((Decoded) decode(update("", attributes, ""), only4)).message();
    assertThat(update.reach()).isEmpty();
    assertThat(update.withdrawn()).isEmpty();
    assertThat(update.faults()).isEqualTo(List.of());
  }

  private static DecodeResult decode(String hex, CodecContext context) {
    byte[] wire = Hex.bytes("ff".repeat(16) + "0000 02" + hex);
    return BgpCodec.decode(BgpCodecTest.mendLength(wire), context);
  }
}
