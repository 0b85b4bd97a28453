package dev.twinspan.ffi.linux;

import dev.twinspan.ffi.linux.RouteEvent.AddressAdded;
import dev.twinspan.ffi.linux.RouteEvent.AddressRemoved;
import dev.twinspan.ffi.linux.RouteEvent.LinkChanged;
import dev.twinspan.ffi.linux.RouteEvent.LinkRemoved;
import dev.twinspan.ffi.linux.RouteEvent.RouteAdded;
import dev.twinspan.ffi.linux.RouteEvent.RouteRemoved;
import dev.twinspan.ffi.linux.RouteEvent.RuleAdded;
import dev.twinspan.ffi.linux.RouteEvent.RuleRemoved;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Messages of rtnetlink(7) to records. Each decoder answers null for what is none of ours to know
 * (another address family), and throws {@link MalformedNetlinkException} for what cannot be.
 *
 * <pre>
 *   ifinfomsg     0 u8 family  1 pad  2 u16 hardware type  4 i32 index  8 u32 flags  12 u32 change
 *   ifaddrmsg     0 u8 family  1 u8 prefix length  2 u8 flags  3 u8 scope  4 u32 index
 *   rtmsg         0 u8 family  1 u8 dst length  2 u8 src length  3 u8 tos  4 u8 table  5 u8 protocol
 *                 6 u8 scope   7 u8 type        8 u32 flags
 *   fib_rule_hdr  0 u8 family  1 u8 dst length  2 u8 src length  3 u8 tos  4 u8 table  5, 6 reserved
 *                 7 u8 action  8 u32 flags
 * </pre>
 */
final class Rtnetlink {
  static final int RTM_NEWLINK = 16;
  static final int RTM_DELLINK = 17;
  static final int RTM_GETLINK = 18;
  static final int RTM_NEWADDR = 20;
  static final int RTM_DELADDR = 21;
  static final int RTM_GETADDR = 22;
  static final int RTM_NEWROUTE = 24;
  static final int RTM_DELROUTE = 25;
  static final int RTM_GETROUTE = 26;
  static final int RTM_NEWRULE = 32;
  static final int RTM_DELRULE = 33;
  static final int RTM_GETRULE = 34;

  static final int IFLA_IFNAME = 3;
  static final int IFLA_MTU = 4;
  static final int IFLA_LINKINFO = 18;
  static final int IFLA_INFO_KIND = 1;
  static final int IFLA_AF_SPEC = 26;
  static final int IFLA_INET6_ADDR_GEN_MODE = 8;
  static final int IN6_ADDR_GEN_MODE_NONE = 1;
  static final int IFLA_GSO_MAX_SEGS = 40;
  static final int IFLA_GSO_MAX_SIZE = 41;

  static final int IFA_ADDRESS = 1;
  static final int IFA_LOCAL = 2;
  static final int IFA_PROTO = 11;
  static final int IFA_F_NODAD = 2;

  static final int RTA_DST = 1;
  static final int RTA_OIF = 4;
  static final int RTA_GATEWAY = 5;
  static final int RTA_PRIORITY = 6;
  static final int RTA_PREFSRC = 7;
  static final int RTA_METRICS = 8;
  static final int RTA_TABLE = 15;
  static final int RTA_MARK = 16;
  static final int RTA_VIA = 18;
  static final int RTAX_MTU = 2;
  static final int RTM_F_CLONED = 0x200;
  static final int RT_SCOPE_UNIVERSE = 0;
  static final int RT_SCOPE_LINK = 253;
  static final int RT_SCOPE_NOWHERE = 255;

  static final int FRA_DST = 1;
  static final int FRA_SRC = 2;
  static final int FRA_PRIORITY = 6;
  static final int FRA_FWMARK = 10;
  static final int FRA_SUPPRESS_PREFIXLEN = 14;
  static final int FRA_TABLE = 15;
  static final int FRA_FWMASK = 16;
  static final int FRA_PROTOCOL = 21;
  static final int FR_ACT_TO_TBL = 1;
  static final int FIB_RULE_INVERT = 2;

  private static final int IFINFOMSG = 16;
  private static final int IFADDRMSG = 8;
  private static final int RTMSG = 12;
  private static final int FIB_RULE_HDR = 12;

  private Rtnetlink() {}

  /** What a message of one of the monitor's groups says; null when it concerns nobody here. */
  static @Nullable RouteEvent event(NetlinkMessage message) {
    return switch (message.type()) {
      case RTM_NEWLINK -> event(link(message), LinkChanged::new);
      case RTM_DELLINK -> event(link(message), LinkRemoved::new);
      case RTM_NEWADDR -> event(address(message), AddressAdded::new);
      case RTM_DELADDR -> event(address(message), AddressRemoved::new);
      case RTM_NEWROUTE -> event(route(message), RouteAdded::new);
      case RTM_DELROUTE -> event(route(message), RouteRemoved::new);
      case RTM_NEWRULE -> event(rule(message), RuleAdded::new);
      case RTM_DELRULE -> event(rule(message), RuleRemoved::new);
      default -> null;
    };
  }

  private static <T> @Nullable RouteEvent event(
      @Nullable T value, Function<T, RouteEvent> constructor) {
    return value == null ? null : constructor.apply(value);
  }

  static @Nullable Link link(NetlinkMessage message) {
    NetlinkAttributes attributes = message.attributes(IFINFOMSG);
    String name = attributes.string(IFLA_IFNAME);
    // Messages of another family (bridge ports, wireless events) tell a part of a link only.
    if (message.u8(0) != 0 || name == null) {
      return null;
    }
    return new Link(
        message.u32(4),
        name,
        attributes.nested(IFLA_LINKINFO).string(IFLA_INFO_KIND),
        message.u32(8),
        attributes.u32(IFLA_MTU, 0),
        attributes.u32(IFLA_GSO_MAX_SEGS, 0),
        attributes.u32(IFLA_GSO_MAX_SIZE, 0));
  }

  static @Nullable InterfaceAddress address(NetlinkMessage message) {
    NetlinkAttributes attributes = message.attributes(IFADDRMSG);
    // With a peer, IFA_ADDRESS is the peer's and IFA_LOCAL ours.
    InetAddress local = attributes.address(IFA_LOCAL);
    InetAddress address = local != null ? local : attributes.address(IFA_ADDRESS);
    if (!isInternet(message) || address == null) {
      return null;
    }
    return new InterfaceAddress(
        message.u32(4), address, message.u8(1), attributes.u8(IFA_PROTO, 0));
  }

  static @Nullable KernelRoute route(NetlinkMessage message) {
    NetlinkAttributes attributes = message.attributes(RTMSG);
    if (!isInternet(message) || (message.u32(8) & RTM_F_CLONED) != 0) {
      return null;
    }
    return routeOf(message, attributes);
  }

  /** The answer to a look-up: cloned as it is, with what was learnt of the path. */
  static @Nullable KernelRoute lookedUp(NetlinkMessage message) {
    NetlinkAttributes attributes = message.attributes(RTMSG);
    return isInternet(message) ? routeOf(message, attributes) : null;
  }

  private static KernelRoute routeOf(NetlinkMessage message, NetlinkAttributes attributes) {
    RouteType type = RouteType.of(message.u8(7));
    InetAddress gateway = attributes.address(RTA_GATEWAY);
    return new KernelRoute(
        prefix(message, attributes.address(RTA_DST), message.u8(1)),
        type,
        attributes.u32(RTA_TABLE, message.u8(4)),
        message.u8(5),
        attributes.u32(RTA_PRIORITY, 0),
        type.hasInterface() ? attributes.u32(RTA_OIF, 0) : 0,
        gateway != null ? gateway : attributes.addressWithFamily(RTA_VIA),
        attributes.address(RTA_PREFSRC),
        attributes.nested(RTA_METRICS).u32(RTAX_MTU, 0));
  }

  static @Nullable KernelRule rule(NetlinkMessage message) {
    NetlinkAttributes attributes = message.attributes(FIB_RULE_HDR);
    if (!isInternet(message)) {
      return null;
    }
    InetAddress source = attributes.address(FRA_SRC);
    InetAddress destination = attributes.address(FRA_DST);
    int mark = attributes.u32(FRA_FWMARK, 0);
    boolean looksUp = message.u8(7) == FR_ACT_TO_TBL;
    return new KernelRule(
        message.u8(0) == Sockaddr.AF_INET,
        attributes.u32(FRA_PRIORITY, 0),
        looksUp ? attributes.u32(FRA_TABLE, message.u8(4)) : 0,
        mark,
        attributes.u32(FRA_FWMASK, 0),
        (message.u32(8) & FIB_RULE_INVERT) != 0,
        attributes.u32(FRA_SUPPRESS_PREFIXLEN, -1),
        source == null ? null : prefix(message, source, message.u8(2)),
        destination == null ? null : prefix(message, destination, message.u8(1)),
        attributes.u8(FRA_PROTOCOL, 0));
  }

  private static boolean isInternet(NetlinkMessage message) {
    int family = message.u8(0);
    return family == Sockaddr.AF_INET || family == Sockaddr.AF_INET6;
  }

  /** The default route comes without an address. */
  private static IpPrefix prefix(
      NetlinkMessage message, @Nullable InetAddress address, int length) {
    boolean ipv4 = message.u8(0) == Sockaddr.AF_INET;
    InetAddress network =
        address != null ? address : InetAddress.ofLiteral(ipv4 ? "0.0.0.0" : "::");
    if ((network instanceof Inet4Address) != ipv4) {
      throw new MalformedNetlinkException(
          "address %s in a message of family %d".formatted(network, message.u8(0)));
    }
    try {
      return new IpPrefix(network, length);
    } catch (IllegalArgumentException _) {
      throw new MalformedNetlinkException(
          "prefix %s/%d, expected a length that leaves no bit behind it"
              .formatted(network.getHostAddress(), length));
    }
  }
}
