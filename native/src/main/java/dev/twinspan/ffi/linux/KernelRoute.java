package dev.twinspan.ffi.linux;

import java.net.InetAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A route of the kernel's tables, of one next hop; of a multipath route only what its next hops
 * share is shown.
 *
 * @param table {@link #TABLE_MAIN}, or any other number
 * @param protocol who put it there: {@link #PROTOCOL_TWINSPAN} on our own, by which stale ones are
 *     found after a crash
 * @param metric as u32: the lowest wins; 0 stands for the kernel's default (IPv6: 1024)
 * @param interfaceIndex 0 when the type has none, or for the kernel to find from the gateway
 * @param gateway null when the destination is on the link
 * @param source address preferred for what this machine sends there
 * @param mtu path MTU, 0 for the interface's
 */
public record KernelRoute(
    IpPrefix destination,
    RouteType type,
    int table,
    int protocol,
    int metric,
    int interfaceIndex,
    @Nullable InetAddress gateway,
    @Nullable InetAddress source,
    int mtu) {
  public static final int TABLE_MAIN = 254;
  public static final int TABLE_LOCAL = 255;

  /** RTPROT_*: made by the kernel itself, at boot, by hand. */
  public static final int PROTOCOL_KERNEL = 2;

  public static final int PROTOCOL_BOOT = 3;
  public static final int PROTOCOL_STATIC = 4;

  /** Not among the numbers of rtnetlink.h or iproute2's rt_protos. */
  public static final int PROTOCOL_TWINSPAN = 213;

  /** One of our own in the main table, straight to an interface. */
  public static KernelRoute to(IpPrefix destination, int interfaceIndex) {
    return own(destination, RouteType.UNICAST, interfaceIndex, null);
  }

  /** One of our own in the main table, by a gateway. */
  public static KernelRoute via(IpPrefix destination, InetAddress gateway) {
    return own(destination, RouteType.UNICAST, 0, gateway);
  }

  /** One of our own in the main table that drops. */
  public static KernelRoute blackhole(IpPrefix destination) {
    return own(destination, RouteType.BLACKHOLE, 0, null);
  }

  /** One of our own in the main table that answers "unreachable". */
  public static KernelRoute unreachable(IpPrefix destination) {
    return own(destination, RouteType.UNREACHABLE, 0, null);
  }

  private static KernelRoute own(
      IpPrefix destination, RouteType type, int interfaceIndex, @Nullable InetAddress gateway) {
    return new KernelRoute(
        destination, type, TABLE_MAIN, PROTOCOL_TWINSPAN, 0, interfaceIndex, gateway, null, 0);
  }

  public KernelRoute withTable(int number) {
    return new KernelRoute(
        destination, type, number, protocol, metric, interfaceIndex, gateway, source, mtu);
  }

  public KernelRoute withProtocol(int number) {
    return new KernelRoute(
        destination, type, table, number, metric, interfaceIndex, gateway, source, mtu);
  }

  public KernelRoute withMetric(int value) {
    return new KernelRoute(
        destination, type, table, protocol, value, interfaceIndex, gateway, source, mtu);
  }

  public KernelRoute withInterface(int index) {
    return new KernelRoute(destination, type, table, protocol, metric, index, gateway, source, mtu);
  }

  public KernelRoute withSource(@Nullable InetAddress address) {
    return new KernelRoute(
        destination, type, table, protocol, metric, interfaceIndex, gateway, address, mtu);
  }

  public KernelRoute withMtu(int bytes) {
    return new KernelRoute(
        destination, type, table, protocol, metric, interfaceIndex, gateway, source, bytes);
  }

  /** As ip-route(8) would write it. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    if (type != RouteType.UNICAST) {
      text.append(type.name().toLowerCase(Locale.ROOT)).append(' ');
    }
    text.append(destination);
    if (gateway != null) {
      text.append(" via ").append(gateway.getHostAddress());
    }
    if (interfaceIndex != 0) {
      text.append(" dev ").append(interfaceIndex);
    }
    text.append(" table ").append(Integer.toUnsignedString(table));
    text.append(" proto ").append(protocol);
    if (metric != 0) {
      text.append(" metric ").append(Integer.toUnsignedString(metric));
    }
    if (source != null) {
      text.append(" src ").append(source.getHostAddress());
    }
    return mtu == 0 ? text.toString() : text.append(" mtu ").append(mtu).toString();
  }
}
