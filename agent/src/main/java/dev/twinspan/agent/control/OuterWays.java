package dev.twinspan.agent.control;

import dev.twinspan.agent.config.Prefix;
import dev.twinspan.ffi.linux.IpPrefix;
import dev.twinspan.ffi.linux.KernelRoute;
import dev.twinspan.ffi.linux.RouteType;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Host routes to the tunnels' outer ends, for when a default route leads into a tunnel: by the way
 * that others' routes give, as if ours were not there.
 */
final class OuterWays {
  private OuterWays() {}

  /**
   * @param table the main table
   */
  static List<KernelRoute> pins(Collection<KernelRoute> table, Collection<InetAddress> ends) {
    List<KernelRoute> pins = new ArrayList<>();
    for (InetAddress end : ends) {
      way(table, end)
          .ifPresent(
              way -> {
                IpPrefix host = IpPrefix.host(end);
                InetAddress gateway = way.gateway();
                KernelRoute pin =
                    gateway == null
                        ? KernelRoute.to(host, way.interfaceIndex())
                        : KernelRoute.via(host, gateway).withInterface(way.interfaceIndex());
                pins.add(pin.withMetric(KernelRoutes.TUNNEL_METRIC));
              });
    }
    return pins;
  }

  private static Optional<KernelRoute> way(Collection<KernelRoute> table, InetAddress end) {
    return table.stream()
        .filter(route -> route.protocol() != KernelRoute.PROTOCOL_TWINSPAN)
        .filter(route -> route.type() == RouteType.UNICAST && route.interfaceIndex() != 0)
        .filter(route -> holds(route.destination(), end))
        .max(
            Comparator.comparingInt((KernelRoute route) -> route.destination().length())
                .thenComparing(route -> -Integer.toUnsignedLong(route.metric())));
  }

  private static boolean holds(IpPrefix prefix, InetAddress address) {
    return prefix.isIpv4() == (address.getAddress().length == 4)
        && new Prefix(prefix.address(), prefix.length()).contains(address);
  }
}
