package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.bgp.message.AsPath.Segment;
import dev.twinspan.agent.bgp.message.BgpMessage.Reach;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import dev.twinspan.agent.bgp.message.PathAttributes.Aggregator;
import dev.twinspan.agent.bgp.message.PathAttributes.Other;
import dev.twinspan.agent.wire.WireWriter;
import java.util.List;

/**
 * Writes an UPDATE. IPv4 goes the way of RFC 4271, IPv6 into the multiprotocol attributes, which
 * stand first (RFC 7606 section 5.1), the others in the order of their type.
 */
final class UpdateEncoder {
  private UpdateEncoder() {}

  static void encode(WireWriter out, Update update, CodecContext context) {
    int withdrawnAt = out.length();
    out.u16(0);
    update.withdrawn().stream()
        .filter(n -> n.family() == Family.IPV4_UNICAST)
        .forEach(n -> nlri(out, n));
    out.patchU16(withdrawnAt, out.length() - withdrawnAt - 2);
    int attributesAt = out.length();
    out.u16(0);
    unreach(out, update);
    for (Reach reach : update.reach()) {
      if (reach.family() == Family.IPV6_UNICAST) {
        attribute(out, AttributeType.MP_REACH_NLRI, mpReach(reach));
      }
    }
    List<Reach> classic =
        update.reach().stream().filter(r -> r.family() == Family.IPV4_UNICAST).toList();
    if (update.attributes() != null) {
      attributes(out, update.attributes(), classic, context);
    }
    out.patchU16(attributesAt, out.length() - attributesAt - 2);
    classic.forEach(reach -> reach.nlri().forEach(n -> nlri(out, n)));
  }

  private static void unreach(WireWriter out, Update update) {
    List<Nlri> withdrawn =
        update.withdrawn().stream().filter(n -> n.family() == Family.IPV6_UNICAST).toList();
    if (withdrawn.isEmpty() && !update.endOfRib().contains(Family.IPV6_UNICAST)) {
      return;
    }
    WireWriter value = new WireWriter();
    value.u16(Family.IPV6_UNICAST.afi()).u8(Family.IPV6_UNICAST.safi());
    withdrawn.forEach(n -> nlri(value, n));
    attribute(out, AttributeType.MP_UNREACH_NLRI, value);
  }

  private static WireWriter mpReach(Reach reach) {
    byte[] nextHop = reach.nextHop().getAddress();
    WireWriter value = new WireWriter();
    value.u16(reach.family().afi()).u8(reach.family().safi()).u8(nextHop.length);
    value.bytes(nextHop).u8(0);
    reach.nlri().forEach(n -> nlri(value, n));
    return value;
  }

  private static void attributes(
      WireWriter out, PathAttributes attributes, List<Reach> classic, CodecContext context) {
    boolean wide = context.fourOctetAs();
    AsPath path = attributes.asPath();
    attribute(out, AttributeType.ORIGIN, new WireWriter().u8(attributes.origin().ordinal()));
    attribute(out, AttributeType.AS_PATH, asPath(path, wide));
    if (!classic.isEmpty()) {
      byte[] nextHop = classic.getFirst().nextHop().getAddress();
      attribute(out, AttributeType.NEXT_HOP, new WireWriter().bytes(nextHop));
    }
    if (attributes.med() != null) {
      attribute(out, AttributeType.MULTI_EXIT_DISC, new WireWriter().u32(attributes.med()));
    }
    if (attributes.localPref() != null) {
      attribute(out, AttributeType.LOCAL_PREF, new WireWriter().u32(attributes.localPref()));
    }
    if (attributes.atomicAggregate()) {
      attribute(out, AttributeType.ATOMIC_AGGREGATE, new WireWriter());
    }
    Aggregator aggregator = attributes.aggregator();
    if (aggregator != null) {
      attribute(out, AttributeType.AGGREGATOR, aggregator(aggregator, wide));
    }
    if (!attributes.communities().isEmpty()) {
      WireWriter value = new WireWriter();
      attributes.communities().forEach(value::u32);
      attribute(out, AttributeType.COMMUNITIES, value);
    }
    if (!wide && path.needsFourOctets()) {
      attribute(
          out, AttributeType.AS4_PATH, asPath(AsPathReader.withoutConfederations(path), true));
    }
    if (!wide && aggregator != null && aggregator.asn() > 0xffff) {
      attribute(out, AttributeType.AS4_AGGREGATOR, aggregator(aggregator, true));
    }
    for (Other other : attributes.others()) {
      attribute(out, other.flags(), other.type(), other.value().toArray());
    }
  }

  private static WireWriter asPath(AsPath path, boolean wide) {
    WireWriter value = new WireWriter();
    for (Segment segment : path.segments()) {
      value.u8(segment.kind().code()).u8(segment.asns().size());
      segment.asns().forEach(asn -> asn(value, asn, wide));
    }
    return value;
  }

  private static WireWriter aggregator(Aggregator aggregator, boolean wide) {
    return asn(new WireWriter(), aggregator.asn(), wide).bytes(aggregator.address().getAddress());
  }

  /** In two octets AS_TRANS stands for what does not fit (RFC 6793 section 4.2.2). */
  private static WireWriter asn(WireWriter out, long asn, boolean wide) {
    return wide ? out.u32(asn) : out.u16(asn > 0xffff ? AsPath.AS_TRANS : (int) asn);
  }

  private static void nlri(WireWriter out, Nlri nlri) {
    out.u8(nlri.length()).bytes(nlri.addressBytes(), nlri.byteLength());
  }

  private static void attribute(WireWriter out, AttributeType type, WireWriter value) {
    attribute(out, type.flags(), type.code(), value.toByteArray());
  }

  private static void attribute(WireWriter out, int flags, int type, byte[] value) {
    boolean extended = value.length > 255;
    int others = flags & ~AttributeType.EXTENDED_LENGTH;
    out.u8(others | (extended ? AttributeType.EXTENDED_LENGTH : 0)).u8(type);
    if (extended) {
      out.u16(value.length);
    } else {
      out.u8(value.length);
    }
    out.bytes(value);
  }
}
