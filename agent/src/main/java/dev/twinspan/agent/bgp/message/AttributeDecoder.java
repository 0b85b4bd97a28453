package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.AttributeFault.Treatment;
import dev.twinspan.agent.bgp.message.BgpMessage.Reach;
import java.net.InetAddress;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The Path Attributes of one UPDATE as a list: where each begins and ends, its flags, whether it is
 * there once, and what must be there. {@link AttributeValues} reads what they say. Collects for
 * what is wrong the treatment that RFC 7606 prescribes; {@link UpdateDecoder} carries out the
 * strongest (section 3 (h)).
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

  private final CodecContext context;
  private final Faults faults = new Faults();
  private final BitSet seen = new BitSet(256);
  private final MpDecoder mp;
  private final AttributeValues values;

  AttributeDecoder(CodecContext context) {
    this.context = context;
    this.mp = new MpDecoder(context, faults);
    this.values = new AttributeValues(context, faults);
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
      switch (type) {
        case MP_REACH_NLRI -> mp.reach(value);
        case MP_UNREACH_NLRI -> mp.unreach(value);
        default -> values.read(type, flags, value);
      }
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
      values.pass(flags | AttributeType.PARTIAL, code, value);
    }
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
    return values.nextHop();
  }

  /** Only asked when nothing is worse than {@link Treatment#ATTRIBUTE_DISCARD}. */
  @Nullable PathAttributes build() {
    return values.build();
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
}
