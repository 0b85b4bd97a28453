package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.BgpMessage.Open;
import dev.twinspan.agent.bgp.message.Capability.EnhancedRouteRefresh;
import dev.twinspan.agent.bgp.message.Capability.FourOctetAs;
import dev.twinspan.agent.bgp.message.Capability.GracefulRestart;
import dev.twinspan.agent.bgp.message.Capability.MultiProtocol;
import dev.twinspan.agent.bgp.message.Capability.RouteRefresh;
import dev.twinspan.agent.bgp.message.Capability.Unknown;
import dev.twinspan.agent.wire.WireWriter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * OPEN (RFC 4271 section 4.2), its optional parameters also in the extended form of RFC 9072.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+
 * |    Version    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     My Autonomous System      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Hold Time           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         BGP Identifier                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Opt Parm Len  |  Optional Parameters (variable)
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
final class OpenCodec {
  private static final int VERSION = 4;
  private static final int CAPABILITIES = 2;
  private static final int EXTENDED = 255;

  private static final int UNSUPPORTED_VERSION = 1;
  private static final int BAD_AS = 2;
  private static final int BAD_IDENTIFIER = 3;
  private static final int UNSUPPORTED_PARAMETER = 4;
  private static final int BAD_HOLD_TIME = 6;

  private OpenCodec() {}

  static Open decode(WireReader body) throws Malformed {
    int version = body.u8();
    if (version != VERSION) {
      throw new Malformed(
          new Notification(
              Notification.OPEN_ERROR, UNSUPPORTED_VERSION, Bytes.of((byte) 0, (byte) VERSION)),
          "BGP version is %d, expected 4".formatted(version));
    }
    int as = body.u16();
    int hold = body.u16();
    int identifier = body.u32();
    List<Capability> capabilities = parameters(body);
    Open open = new Open(as, hold, identifier, capabilities);
    if (open.asn() == 0) {
      // RFC 7607 section 2.
      throw openError(BAD_AS, "the peer's ASN is 0, which nobody may have");
    }
    if (hold == 1 || hold == 2) {
      throw openError(BAD_HOLD_TIME, "hold time is %d s, expected 0 or at least 3".formatted(hold));
    }
    if (identifier == 0) {
      throw openError(BAD_IDENTIFIER, "BGP Identifier is 0.0.0.0, expected any other");
    }
    return open;
  }

  private static Malformed openError(int subcode, String sentence) {
    return new Malformed(Notification.OPEN_ERROR, subcode, sentence);
  }

  private static List<Capability> parameters(WireReader body) throws Malformed {
    int length = body.u8();
    boolean extended = false;
    if (length == EXTENDED && body.has(3)) {
      extended = body.peek() == EXTENDED;
      if (extended) {
        body.u8();
        length = body.u16();
      }
    }
    if (length != body.remaining()) {
      throw openError(
          0,
          "optional parameters are said to have %d octets and %d are there"
              .formatted(length, body.remaining()));
    }
    List<Capability> capabilities = new ArrayList<>();
    while (body.remaining() > 0) {
      int header = extended ? 3 : 2;
      if (!body.has(header)) {
        throw openError(0, "an optional parameter is cut short");
      }
      int type = body.u8();
      int size = extended ? body.u16() : body.u8();
      if (!body.has(size)) {
        throw openError(0, "optional parameter %d is cut short".formatted(type));
      }
      if (type != CAPABILITIES) {
        throw openError(
            UNSUPPORTED_PARAMETER,
            "optional parameter type is %d, expected 2 (capabilities)".formatted(type));
      }
      capabilities(body.sub(size), capabilities);
    }
    return capabilities;
  }

  private static void capabilities(WireReader reader, List<Capability> to) throws Malformed {
    while (reader.remaining() > 0) {
      if (!reader.has(2)) {
        throw openError(0, "a capability is cut short");
      }
      int code = reader.u8();
      int length = reader.u8();
      if (!reader.has(length)) {
        throw openError(0, "capability %d is cut short".formatted(code));
      }
      byte[] value = reader.bytes(length);
      to.add(capability(code, value).orElse(new Unknown(code, Bytes.of(value))));
    }
  }

  /** Empty for one that is unknown or not of its length: RFC 5492 section 3 has it ignored. */
  private static Optional<Capability> capability(int code, byte[] value) {
    WireReader in = new WireReader(value);
    return switch (code) {
      case Capability.MULTI_PROTOCOL ->
          value.length == 4
              ? Family.of(in.u16(), in.u16() & 0xff).map(MultiProtocol::new)
              : Optional.empty();
      case Capability.ROUTE_REFRESH ->
          value.length == 0 ? Optional.of(new RouteRefresh()) : Optional.empty();
      case Capability.ENHANCED_ROUTE_REFRESH ->
          value.length == 0 ? Optional.of(new EnhancedRouteRefresh()) : Optional.empty();
      case Capability.FOUR_OCTET_AS ->
          value.length == 4 ? Optional.of(new FourOctetAs(in.asn(true))) : Optional.empty();
      case Capability.GRACEFUL_RESTART ->
          value.length % 4 == 2 ? Optional.of(gracefulRestart(in)) : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static GracefulRestart gracefulRestart(WireReader in) {
    int flagsAndTime = in.u16();
    Set<Family> families = EnumSet.noneOf(Family.class);
    Set<Family> forwarding = EnumSet.noneOf(Family.class);
    while (in.remaining() > 0) {
      int afi = in.u16();
      Optional<Family> family = Family.of(afi, in.u8());
      boolean kept = (in.u8() & 0x80) != 0;
      family.ifPresent(families::add);
      if (kept) {
        family.ifPresent(forwarding::add);
      }
    }
    return new GracefulRestart(
        (flagsAndTime & 0x8000) != 0, flagsAndTime & 0xfff, List.copyOf(families), forwarding);
  }

  static void encode(WireWriter out, Open open) {
    out.u8(VERSION).u16(open.as()).u16(open.holdTime()).u32(open.identifier());
    WireWriter capabilities = new WireWriter();
    for (Capability capability : open.capabilities()) {
      encode(capabilities, capability);
    }
    byte[] bytes = capabilities.toByteArray();
    if (bytes.length == 0) {
      out.u8(0);
    } else if (bytes.length <= EXTENDED - 2 - 1) {
      out.u8(bytes.length + 2).u8(CAPABILITIES).u8(bytes.length).bytes(bytes);
    } else {
      out.u8(EXTENDED).u8(EXTENDED).u16(bytes.length + 3);
      out.u8(CAPABILITIES).u16(bytes.length).bytes(bytes);
    }
  }

  private static void encode(WireWriter out, Capability capability) {
    switch (capability) {
      case MultiProtocol(Family family) ->
          out.u8(Capability.MULTI_PROTOCOL).u8(4).u16(family.afi()).u16(family.safi());
      case RouteRefresh _ -> out.u8(Capability.ROUTE_REFRESH).u8(0);
      case EnhancedRouteRefresh _ -> out.u8(Capability.ENHANCED_ROUTE_REFRESH).u8(0);
      case FourOctetAs(long asn) -> out.u8(Capability.FOUR_OCTET_AS).u8(4).u32(asn);
      case GracefulRestart restart -> {
        out.u8(Capability.GRACEFUL_RESTART).u8(2 + 4 * restart.families().size());
        out.u16((restart.restarting() ? 0x8000 : 0) | restart.seconds());
        for (Family family : restart.families()) {
          out.u16(family.afi()).u8(family.safi());
          out.u8(restart.forwarding().contains(family) ? 0x80 : 0);
        }
      }
      case Unknown(int code, Bytes value) -> out.u8(code).u8(value.length()).bytes(value.toArray());
    }
  }
}
