package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.AttributeFault.Treatment;
import dev.twinspan.agent.bgp.message.PathAttributes.Aggregator;
import dev.twinspan.agent.bgp.message.PathAttributes.Origin;
import dev.twinspan.agent.bgp.message.PathAttributes.Other;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the Path Attributes of one UPDATE say, one by one, by section 7 of RFC 7606 and the RFCs
 * that came after it. The multiprotocol ones are read by {@link MpDecoder}.
 */
final class AttributeValues {
  private static final int FLAGS = 4;
  private static final int LENGTH = 5;

  private final CodecContext context;
  private final Faults faults;
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

  AttributeValues(CodecContext context, Faults faults) {
    this.context = context;
    this.faults = faults;
  }

  /** What an attribute says whose place and flags are right. */
  void read(AttributeType type, int flags, WireReader in) {
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
      case MP_REACH_NLRI, MP_UNREACH_NLRI ->
          throw new IllegalArgumentException(type + " is read by MpDecoder");
      case EXTENDED_COMMUNITIES -> opaque(type, flags, in, 8, "RFC 7606 section 7.14");
      case AS4_PATH -> as4Path(in);
      case AS4_AGGREGATOR -> as4Aggregator(in);
      case IPV6_EXTENDED_COMMUNITIES -> opaque(type, flags, in, 20, "RFC 7606 section 7.15");
      case LARGE_COMMUNITY -> opaque(type, flags, in, 12, "RFC 8092 section 5");
    }
  }

  /** What is not known here and travels on. */
  void pass(int flags, int code, WireReader in) {
    others.add(new Other(flags, code, Bytes.of(in.rest())));
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

  // --- what came of it --------------------------------------------------------------------------

  @Nullable InetAddress nextHop() {
    return nextHop;
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
