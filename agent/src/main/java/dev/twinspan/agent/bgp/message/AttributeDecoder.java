package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.AttributeFault.Treatment;
import dev.twinspan.agent.bgp.message.BgpMessage.Reach;
import dev.twinspan.agent.bgp.message.PathAttributes.Aggregator;
import dev.twinspan.agent.bgp.message.PathAttributes.Origin;
import dev.twinspan.agent.bgp.message.PathAttributes.Other;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The Path Attributes of one UPDATE. Collects what is right and, for what is not, the treatment
 * that RFC 7606 prescribes; {@link UpdateDecoder} carries out the strongest (section 3 (h)).
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |O|T|P|E|  0    |  Type Code    |  Length (1, with E 2 octets)  | value …
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
final class AttributeDecoder {
  private static final int MALFORMED_LIST = 1;
  private static final int UNRECOGNIZED = 2;
  private static final int MISSING = 3;
  private static final int FLAGS = 4;
  private static final int LENGTH = 5;

  private final CodecContext context;
  private final Faults faults = new Faults();
  private final BitSet seen = new BitSet(256);
  private final MpDecoder mp;
  private final List<Integer> communities = new ArrayList<>();
  private final List<Other> others = new ArrayList<>();
  private @Nullable Origin origin;
  private @Nullable AsPath asPath;
  private @Nullable AsPath as4Path;
  private @Nullable InetAddress nextHop;
  private @Nullable Long med;
  private @Nullable Long localPref;
  private boolean atomicAggregate;
  private @Nullable Aggregator aggregator;
  private @Nullable Aggregator as4Aggregator;

  AttributeDecoder(CodecContext context) {
    this.context = context;
    this.mp = new MpDecoder(context, faults);
  }

  /**
   * @param announced whether the NLRI field has prefixes
   */
  void decode(WireReader in, boolean announced) {
    while (in.remaining() > 0) {
      if (!in.has(3)) {
        underrun(in.remaining());
        break;
      }
      int flags = in.u8();
      int type = in.u8();
      boolean extended = (flags & AttributeType.EXTENDED_LENGTH) != 0;
      if (extended && !in.has(2)) {
        underrun(in.remaining() + 2);
        break;
      }
      int length = extended ? in.u16() : in.u8();
      if (!in.has(length)) {
        seen.set(type);
        overrun(type, length, in.remaining());
        break;
      }
      attribute(flags, type, in.sub(length));
    }
    if (announced || mp.announces()) {
      demandMandatory(announced);
    }
  }

  private void underrun(int left) {
    faults.add(
        0,
        Treatment.TREAT_AS_WITHDRAW,
        MALFORMED_LIST,
        "RFC 7606 section 4",
        "%d octets are left in the attributes, expected at least 3".formatted(left));
  }

  private void overrun(int type, int length, int left) {
    // Prefixes inside an MP attribute that has no end cannot be found.
    boolean multiprotocol =
        type == AttributeType.MP_REACH_NLRI.code() || type == AttributeType.MP_UNREACH_NLRI.code();
    faults.add(
        type,
        multiprotocol ? Treatment.SESSION_RESET : Treatment.TREAT_AS_WITHDRAW,
        MALFORMED_LIST,
        multiprotocol ? "RFC 7606 section 3 (j)" : "RFC 7606 section 4",
        "length is %d, expected at most %d".formatted(length, left));
  }

  private void attribute(int flagOctet, int code, WireReader value) {
    // How long its length is, says nothing of the attribute; the low four bits mean nothing.
    int flags =
        flagOctet & (AttributeType.OPTIONAL | AttributeType.TRANSITIVE | AttributeType.PARTIAL);
    AttributeType type = AttributeType.of(code).orElse(null);
    if (seen.get(code)) {
      repeated(code, type);
      return;
    }
    seen.set(code);
    if (type == null) {
      unrecognized(flags, code, value);
      return;
    }
    boolean fits = type.flagsFit(flags);
    if (!fits) {
      faults.add(
          code,
          treatmentOfFlags(type),
          FLAGS,
          "RFC 7606 section 3 (c)",
          "flags are 0x%02x, expected Optional and Transitive as in 0x%02x"
              .formatted(flags, type.flags()));
    }
    // Which prefixes to withdraw is still to be learnt from a multiprotocol attribute.
    if (fits || type == AttributeType.MP_REACH_NLRI || type == AttributeType.MP_UNREACH_NLRI) {
      value(type, flags, value);
    }
  }

  /** RFC 7606 section 3 (f) and (c); RFC 6793 section 6 for what only passes through. */
  private static Treatment treatmentOfFlags(AttributeType type) {
    return switch (type) {
      case ATOMIC_AGGREGATE, AGGREGATOR, AS4_PATH, AS4_AGGREGATOR -> Treatment.ATTRIBUTE_DISCARD;
      default -> Treatment.TREAT_AS_WITHDRAW;
    };
  }

  private void repeated(int code, @Nullable AttributeType type) {
    boolean multiprotocol =
        type == AttributeType.MP_REACH_NLRI || type == AttributeType.MP_UNREACH_NLRI;
    faults.add(
        code,
        multiprotocol ? Treatment.SESSION_RESET : Treatment.ATTRIBUTE_DISCARD,
        MALFORMED_LIST,
        "RFC 7606 section 3 (g)",
        "the attribute is there more than once");
  }

  private void unrecognized(int flags, int code, WireReader value) {
    if ((flags & AttributeType.OPTIONAL) == 0) {
      faults.add(
          code,
          Treatment.SESSION_RESET,
          UNRECOGNIZED,
          "RFC 4271 section 6.3",
          "a well-known attribute that is not known");
    } else if ((flags & AttributeType.TRANSITIVE) != 0) {
      others.add(new Other(flags | AttributeType.PARTIAL, code, Bytes.of(value.rest())));
    }
  }

  private void value(AttributeType type, int flags, WireReader in) {
    switch (type) {
      case ORIGIN -> origin(in);
      case AS_PATH -> asPath = asPath(in);
      case NEXT_HOP -> nextHop(in);
      case MULTI_EXIT_DISC -> {
        if (lengthIs(type, in, 4, Treatment.TREAT_AS_WITHDRAW, "RFC 7606 section 7.4")) {
          med = in.asn(true);
        }
      }
      case LOCAL_PREF -> localPref(in);
      case ATOMIC_AGGREGATE ->
          atomicAggregate =
              lengthIs(type, in, 0, Treatment.ATTRIBUTE_DISCARD, "RFC 7606 section 7.6");
      case AGGREGATOR -> aggregator(in);
      case COMMUNITIES -> {
        if (lengthOf(type, in, 4, "RFC 7606 section 7.8")) {
          while (in.remaining() > 0) {
            communities.add(in.u32());
          }
        }
      }
      case ORIGINATOR_ID -> reflection(type, flags, in, "RFC 7606 section 7.9");
      case CLUSTER_LIST -> reflection(type, flags, in, "RFC 7606 section 7.10");
      case MP_REACH_NLRI -> mp.reach(in);
      case MP_UNREACH_NLRI -> mp.unreach(in);
      case EXTENDED_COMMUNITIES -> opaque(type, flags, in, 8, "RFC 7606 section 7.14");
      case AS4_PATH -> as4Path(in);
      case AS4_AGGREGATOR -> as4Aggregator(in);
      case IPV6_EXTENDED_COMMUNITIES -> opaque(type, flags, in, 20, "RFC 7606 section 7.15");
      case LARGE_COMMUNITY -> opaque(type, flags, in, 12, "RFC 8092 section 5");
    }
  }

  // --- one by one -------------------------------------------------------------------------------

  private void origin(WireReader in) {
    String section = "RFC 7606 section 7.1";
    if (!lengthIs(AttributeType.ORIGIN, in, 1, Treatment.TREAT_AS_WITHDRAW, section)) {
      return;
    }
    int value = in.u8();
    if (value >= Origin.values().length) {
      faults.add(
          AttributeType.ORIGIN.code(),
          Treatment.TREAT_AS_WITHDRAW,
          6,
          section,
          "origin is %d, expected 0 to 2".formatted(value));
      return;
    }
    origin = Origin.values()[value];
  }

  private @Nullable AsPath asPath(WireReader in) {
    try {
      return AsPathReader.read(in, context.fourOctetAs());
    } catch (AsPathReader.Unreadable e) {
      faults.add(
          AttributeType.AS_PATH.code(),
          Treatment.TREAT_AS_WITHDRAW,
          11,
          e.section("RFC 7606 section 7.2"),
          e.sentence());
      return null;
    }
  }

  private void nextHop(WireReader in) {
    String section = "RFC 7606 section 7.3";
    if (!lengthIs(AttributeType.NEXT_HOP, in, 4, Treatment.TREAT_AS_WITHDRAW, section)) {
      return;
    }
    InetAddress address = NextHops.address(in.bytes(4));
    if (NextHops.usable(address)) {
      nextHop = address;
    } else {
      faults.add(
          AttributeType.NEXT_HOP.code(),
          Treatment.TREAT_AS_WITHDRAW,
          8,
          "RFC 4271 section 6.3, RFC 7606 section 3 (e)",
          "next hop is %s, expected a host's address".formatted(address.getHostAddress()));
    }
  }

  private void localPref(WireReader in) {
    String section = "RFC 7606 section 7.5";
    if (context.external()) {
      discardInternal(AttributeType.LOCAL_PREF, section);
    } else if (lengthIs(AttributeType.LOCAL_PREF, in, 4, Treatment.TREAT_AS_WITHDRAW, section)) {
      localPref = in.asn(true);
    }
  }

  private void aggregator(WireReader in) {
    int length = context.fourOctetAs() ? 8 : 6;
    String section = "RFC 7606 section 7.7";
    if (lengthIs(AttributeType.AGGREGATOR, in, length, Treatment.ATTRIBUTE_DISCARD, section)) {
      aggregator = aggregator(AttributeType.AGGREGATOR, in, context.fourOctetAs());
    }
  }

  private void as4Aggregator(WireReader in) {
    if (passesThrough(AttributeType.AS4_AGGREGATOR)
        && lengthIs(
            AttributeType.AS4_AGGREGATOR,
            in,
            8,
            Treatment.ATTRIBUTE_DISCARD,
            "RFC 6793 section 6")) {
      as4Aggregator = aggregator(AttributeType.AS4_AGGREGATOR, in, true);
    }
  }

  private @Nullable Aggregator aggregator(AttributeType type, WireReader in, boolean fourOctets) {
    long asn = in.asn(fourOctets);
    if (asn == 0) {
      faults.add(
          type.code(),
          Treatment.ATTRIBUTE_DISCARD,
          9,
          "RFC 7607 section 2",
          "the aggregator's ASN is 0, expected any other");
      return null;
    }
    return new Aggregator(asn, NextHops.address(in.bytes(4)));
  }

  private void as4Path(WireReader in) {
    if (!passesThrough(AttributeType.AS4_PATH)) {
      return;
    }
    try {
      as4Path = AsPathReader.withoutConfederations(AsPathReader.read(in, true));
    } catch (AsPathReader.Unreadable e) {
      faults.add(
          AttributeType.AS4_PATH.code(),
          Treatment.ATTRIBUTE_DISCARD,
          9,
          e.section("RFC 6793 section 6"),
          e.sentence());
    }
  }

  /** Between two speakers of 4 octets these have no place. */
  private boolean passesThrough(AttributeType type) {
    if (context.fourOctetAs()) {
      faults.add(
          type.code(),
          Treatment.ATTRIBUTE_DISCARD,
          9,
          "RFC 6793 section 4.1",
          "not expected from a speaker of 4-octet ASNs");
    }
    return !context.fourOctetAs();
  }

  /** Of route reflectors: from another AS they mean nothing. */
  private void reflection(AttributeType type, int flags, WireReader in, String section) {
    if (context.external()) {
      discardInternal(type, section);
    } else if (type == AttributeType.CLUSTER_LIST) {
      opaque(type, flags, in, 4, section);
    } else if (lengthIs(type, in, 4, Treatment.TREAT_AS_WITHDRAW, section)) {
      others.add(new Other(flags, type.code(), Bytes.of(in.rest())));
    }
  }

  private void discardInternal(AttributeType type, String section) {
    faults.add(
        type.code(),
        Treatment.ATTRIBUTE_DISCARD,
        FLAGS,
        section,
        "not expected from a peer in another AS");
  }

  private void opaque(AttributeType type, int flags, WireReader in, int unit, String section) {
    if (lengthOf(type, in, unit, section)) {
      others.add(new Other(flags, type.code(), Bytes.of(in.rest())));
    }
  }

  private boolean lengthIs(
      AttributeType type, WireReader in, int expected, Treatment treatment, String section) {
    if (in.remaining() == expected) {
      return true;
    }
    faults.add(
        type.code(),
        treatment,
        LENGTH,
        section,
        "length is %d, expected %d".formatted(in.remaining(), expected));
    return false;
  }

  private boolean lengthOf(AttributeType type, WireReader in, int unit, String section) {
    if (in.remaining() > 0 && in.remaining() % unit == 0) {
      return true;
    }
    faults.add(
        type.code(),
        Treatment.TREAT_AS_WITHDRAW,
        9,
        section,
        "length is %d, expected a multiple of %d and not 0".formatted(in.remaining(), unit));
    return false;
  }

  private void demandMandatory(boolean announced) {
    demand(AttributeType.ORIGIN);
    demand(AttributeType.AS_PATH);
    if (announced) {
      demand(AttributeType.NEXT_HOP);
    }
    if (!context.external()) {
      demand(AttributeType.LOCAL_PREF);
    }
  }

  private void demand(AttributeType type) {
    if (!seen.get(type.code())) {
      faults.add(
          type.code(),
          Treatment.TREAT_AS_WITHDRAW,
          MISSING,
          "RFC 7606 section 3 (d)",
          "%s is missing".formatted(type));
    }
  }

  // --- what came of it --------------------------------------------------------------------------

  List<AttributeFault> faults() {
    return faults.all();
  }

  Treatment worst() {
    return faults.worst();
  }

  boolean withdraws() {
    return faults.withdraws();
  }

  Malformed reset() {
    return faults.reset();
  }

  @Nullable InetAddress nextHop() {
    return nextHop;
  }

  boolean announces() {
    return mp.announces();
  }

  @Nullable Reach mpReach() {
    return mp.reach();
  }

  List<Nlri> mpWithdrawn() {
    return mp.withdrawn();
  }

  List<Nlri> unusable() {
    return mp.unusable();
  }

  Set<Family> disabled() {
    return mp.disabled().isEmpty() ? Set.of() : EnumSet.copyOf(mp.disabled());
  }

  /** The family of an End-of-RIB: nothing there but an MP_UNREACH_NLRI without prefixes. */
  @Nullable Family onlyEmptyMpUnreach() {
    return anyButMpUnreach() ? null : mp.emptyUnreach();
  }

  boolean anyButMpUnreach() {
    return seen.cardinality() > (seen.get(AttributeType.MP_UNREACH_NLRI.code()) ? 1 : 0);
  }

  /** Only asked when nothing is worse than {@link Treatment#ATTRIBUTE_DISCARD}. */
  @Nullable PathAttributes build() {
    if (origin == null || asPath == null) {
      return null;
    }
    AsPath path = asPath;
    Aggregator by = aggregator;
    // RFC 6793 section 4.2.3: an AGGREGATOR with a true number was written behind the AS4 ones.
    if (by == null || by.asn() == AsPath.AS_TRANS) {
      by = by != null && as4Aggregator != null ? as4Aggregator : by;
      path = as4Path != null ? path.mergedWith(as4Path) : path;
    }
    return new PathAttributes(
        origin, path, med, localPref, atomicAggregate, by, communities, others);
  }
}
