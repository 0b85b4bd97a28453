package dev.twinspan.ffi.linux;

import static dev.twinspan.ffi.linux.NetlinkMessage.NLM_F_ACK;

import java.net.InetAddress;

/** Records of routes and rules to requests of rtnetlink(7). */
final class RouteRequests {
  private static final int RT_TABLE_UNSPEC = 0;

  private RouteRequests() {}

  /** A route to remove is named by what tells it from others: neither its source nor its MTU. */
  static NetlinkRequest route(int type, int flags, KernelRoute route) {
    boolean removing = type == Rtnetlink.RTM_DELROUTE;
    IpPrefix destination = route.destination();
    InetAddress gateway = route.gateway();
    InetAddress source = route.source();
    NetlinkRequest request =
        new NetlinkRequest(type, flags | NLM_F_ACK)
            .u8(
                Sockaddr.family(destination.address()),
                destination.length(),
                0,
                0,
                RT_TABLE_UNSPEC,
                route.protocol(),
                removing ? Rtnetlink.RT_SCOPE_NOWHERE : scope(route),
                route.type().number())
            .u32(0)
            .attribute(Rtnetlink.RTA_TABLE, route.table())
            .attribute(Rtnetlink.RTA_DST, destination.address());
    if (route.interfaceIndex() != 0) {
      request.attribute(Rtnetlink.RTA_OIF, route.interfaceIndex());
    }
    if (gateway != null) {
      gateway(request, destination, gateway);
    }
    if (route.metric() != 0) {
      request.attribute(Rtnetlink.RTA_PRIORITY, route.metric());
    }
    if (source != null && !removing) {
      request.attribute(Rtnetlink.RTA_PREFSRC, source);
    }
    if (route.mtu() != 0 && !removing) {
      request.nest(
          Rtnetlink.RTA_METRICS, metrics -> metrics.attribute(Rtnetlink.RTAX_MTU, route.mtu()));
    }
    return request;
  }

  /** IPv4 wants to know whether the next hop is on the link; IPv6 does not look. */
  private static int scope(KernelRoute route) {
    boolean onLink = route.gateway() == null && route.type() == RouteType.UNICAST;
    return onLink ? Rtnetlink.RT_SCOPE_LINK : Rtnetlink.RT_SCOPE_UNIVERSE;
  }

  /** A gateway of the other family (RFC 5549) goes with its family before it. */
  private static void gateway(NetlinkRequest request, IpPrefix destination, InetAddress gateway) {
    if (Sockaddr.family(gateway) == Sockaddr.family(destination.address())) {
      request.attribute(Rtnetlink.RTA_GATEWAY, gateway);
    } else {
      request.attributeWithFamily(Rtnetlink.RTA_VIA, gateway);
    }
  }

  static NetlinkRequest lookUp(InetAddress destination, int mark) {
    IpPrefix host = IpPrefix.host(destination);
    NetlinkRequest request =
        new NetlinkRequest(Rtnetlink.RTM_GETROUTE, NLM_F_ACK)
            .u8(Sockaddr.family(destination), host.length(), 0, 0, 0, 0, 0, 0)
            .u32(0)
            .attribute(Rtnetlink.RTA_DST, destination);
    return mark == 0 ? request : request.attribute(Rtnetlink.RTA_MARK, mark);
  }

  static NetlinkRequest rule(int type, int flags, KernelRule rule) {
    IpPrefix source = rule.source();
    IpPrefix destination = rule.destination();
    NetlinkRequest request =
        new NetlinkRequest(type, flags | NLM_F_ACK)
            .u8(
                rule.ipv4() ? Sockaddr.AF_INET : Sockaddr.AF_INET6,
                destination == null ? 0 : destination.length(),
                source == null ? 0 : source.length(),
                0,
                RT_TABLE_UNSPEC,
                0,
                0,
                Rtnetlink.FR_ACT_TO_TBL)
            .u32(rule.inverted() ? Rtnetlink.FIB_RULE_INVERT : 0)
            .attribute(Rtnetlink.FRA_PRIORITY, rule.priority())
            .attribute(Rtnetlink.FRA_TABLE, rule.table())
            .attribute(Rtnetlink.FRA_PROTOCOL, (byte) rule.protocol());
    if (rule.markMask() != 0) {
      request
          .attribute(Rtnetlink.FRA_FWMARK, rule.mark())
          .attribute(Rtnetlink.FRA_FWMASK, rule.markMask());
    }
    if (rule.suppressPrefixLength() >= 0) {
      request.attribute(Rtnetlink.FRA_SUPPRESS_PREFIXLEN, rule.suppressPrefixLength());
    }
    if (source != null) {
      request.attribute(Rtnetlink.FRA_SRC, source.address());
    }
    if (destination != null) {
      request.attribute(Rtnetlink.FRA_DST, destination.address());
    }
    return request;
  }
}
