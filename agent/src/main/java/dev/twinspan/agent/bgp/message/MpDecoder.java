package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.AttributeFault.Treatment;
import dev.twinspan.agent.bgp.message.BgpMessage.Reach;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760 sections 3 and 4). Where RFC 7606 (sections 3 (j) and
 * 7.11) leaves the choice, a family that cannot be read is disabled and the session with its other
 * family lives on; the session is reset when there is no other.
 */
final class MpDecoder {
  private static final int OPTIONAL_ERROR = 9;

  private final CodecContext context;
  private final Faults faults;
  private final Set<Family> disabled = EnumSet.noneOf(Family.class);
  private boolean announces;
  private @Nullable Reach reach;
  private @Nullable Family emptyUnreach;
  private List<Nlri> withdrawn = List.of();
  private List<Nlri> unusable = List.of();

  MpDecoder(CodecContext context, Faults faults) {
    this.context = context;
    this.faults = faults;
  }

  void reach(WireReader in) {
    int code = AttributeType.MP_REACH_NLRI.code();
    announces = true;
    if (!in.has(5)) {
      tooShort(code, in, 5);
      return;
    }
    Optional<Family> family = Family.of(in.u16(), in.u8()).filter(context.families()::contains);
    int length = in.u8();
    if (family.isEmpty()) {
      // Not agreed on: RFC 4760 section 6 has it ignored.
      return;
    }
    Family of = family.get();
    if (!in.has(length + 1) || !(length == of.bits() / 8 || of.bits() == 128 && length == 32)) {
      unreadable(
          code,
          of,
          "RFC 7606 section 7.11",
          "next hop of %d octets, expected %d".formatted(length, of.bits() / 8));
      return;
    }
    byte[] nextHop = in.bytes(length);
    in.u8(); // Reserved: was the number of SNPAs.
    try {
      use(of, NextHops.address(Arrays.copyOf(nextHop, of.bits() / 8)), NlriReader.read(in, of));
    } catch (NlriReader.Unreadable e) {
      unreadable(code, of, "RFC 7606 section 5.3", e.sentence());
    }
  }

  private void use(Family family, InetAddress nextHop, List<Nlri> prefixes) {
    if (NextHops.usable(nextHop)) {
      reach = new Reach(family, nextHop, prefixes);
      return;
    }
    unusable = prefixes;
    faults.add(
        AttributeType.MP_REACH_NLRI.code(),
        Treatment.TREAT_AS_WITHDRAW,
        OPTIONAL_ERROR,
        "RFC 4271 section 6.3, RFC 7606 section 3 (e)",
        "next hop is %s, expected a host's address".formatted(nextHop.getHostAddress()));
  }

  void unreach(WireReader in) {
    int code = AttributeType.MP_UNREACH_NLRI.code();
    if (!in.has(3)) {
      tooShort(code, in, 3);
      return;
    }
    Optional<Family> family = Family.of(in.u16(), in.u8()).filter(context.families()::contains);
    if (family.isEmpty()) {
      return;
    }
    try {
      withdrawn = NlriReader.read(in, family.get());
      emptyUnreach = withdrawn.isEmpty() ? family.get() : null;
    } catch (NlriReader.Unreadable e) {
      unreadable(code, family.get(), "RFC 7606 section 5.3", e.sentence());
    }
  }

  private void tooShort(int code, WireReader in, int needed) {
    faults.add(
        code,
        Treatment.SESSION_RESET,
        OPTIONAL_ERROR,
        "RFC 7606 section 3 (j)",
        "length is %d, expected at least %d".formatted(in.remaining(), needed));
  }

  private void unreadable(int code, Family family, String section, String sentence) {
    boolean only = context.families().equals(Set.of(family));
    if (!only) {
      disabled.add(family);
    }
    faults.add(
        code,
        only ? Treatment.SESSION_RESET : Treatment.AFI_SAFI_DISABLE,
        OPTIONAL_ERROR,
        section,
        sentence);
  }

  boolean announces() {
    return announces;
  }

  @Nullable Reach reach() {
    return reach;
  }

  @Nullable Family emptyUnreach() {
    return emptyUnreach;
  }

  List<Nlri> withdrawn() {
    return withdrawn;
  }

  /** Announced with a next hop that cannot be one. */
  List<Nlri> unusable() {
    return unusable;
  }

  Set<Family> disabled() {
    return disabled;
  }
}
