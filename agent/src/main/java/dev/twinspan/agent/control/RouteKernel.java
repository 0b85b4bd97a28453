package dev.twinspan.agent.control;

import dev.twinspan.ffi.linux.InterfaceAddress;
import dev.twinspan.ffi.linux.KernelException;
import dev.twinspan.ffi.linux.KernelRoute;
import dev.twinspan.ffi.linux.RouteEvent;
import dev.twinspan.ffi.linux.RouteMonitor;
import dev.twinspan.ffi.linux.RouteNetlink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The routing table under {@link KernelRoutes}: the kernel's, or a simulated one. */
interface RouteKernel extends AutoCloseable {
  /**
   * @param protocol 0: of all
   */
  List<KernelRoute> routes(int table, int protocol);

  /**
   * @throws KernelException when it is refused
   */
  void replaceRoute(KernelRoute route);

  /**
   * @throws KernelException when it is refused
   */
  void removeRoute(KernelRoute route);

  /**
   * @return of each that is refused what the kernel said; the others are there
   */
  default Map<KernelRoute, KernelException> replaceRoutes(List<KernelRoute> routes) {
    return oneByOne(routes, this::replaceRoute);
  }

  /**
   * @return of each that is there still what the kernel said
   */
  default Map<KernelRoute, KernelException> removeRoutes(List<KernelRoute> routes) {
    return oneByOne(routes, this::removeRoute);
  }

  private static Map<KernelRoute, KernelException> oneByOne(
      List<KernelRoute> routes, Consumer<KernelRoute> change) {
    Map<KernelRoute, KernelException> refused = new HashMap<>();
    for (KernelRoute route : routes) {
      try {
        change.accept(route);
      } catch (KernelException e) {
        refused.put(route, e);
      }
    }
    return refused;
  }

  void setLinkUp(int index);

  /** This machine's. */
  List<InterfaceAddress> addresses();

  /** What happened to routes, links and addresses since the last call. */
  List<RouteEvent> poll();

  /** What {@code net.ipv4.ip_forward}, or {@code net.ipv6.conf.all.forwarding}, says. */
  String forwarding(boolean ipv6) throws IOException;

  @Override
  void close();

  /** This machine's. */
  static RouteKernel open() {
    RouteMonitor monitor =
        RouteMonitor.open(
            RouteMonitor.Topic.ROUTES, RouteMonitor.Topic.LINKS, RouteMonitor.Topic.ADDRESSES);
    RouteNetlink netlink = RouteNetlink.open();
    return new RouteKernel() {
      @Override
      public List<KernelRoute> routes(int table, int protocol) {
        return netlink.routes(table, protocol);
      }

      @Override
      public void replaceRoute(KernelRoute route) {
        netlink.replaceRoute(route);
      }

      @Override
      public void removeRoute(KernelRoute route) {
        netlink.removeRoute(route);
      }

      @Override
      public Map<KernelRoute, KernelException> replaceRoutes(List<KernelRoute> routes) {
        return netlink.replaceRoutes(routes);
      }

      @Override
      public Map<KernelRoute, KernelException> removeRoutes(List<KernelRoute> routes) {
        return netlink.removeRoutes(routes);
      }

      @Override
      public void setLinkUp(int index) {
        netlink.setLinkUp(index);
      }

      @Override
      public List<InterfaceAddress> addresses() {
        return netlink.addresses();
      }

      @Override
      public List<RouteEvent> poll() {
        return monitor.poll();
      }

      @Override
      public String forwarding(boolean ipv6) throws IOException {
        String key = ipv6 ? "ipv6/conf/all/forwarding" : "ipv4/ip_forward";
        return Files.readString(Path.of("/proc/sys/net", key)).trim();
      }

      @Override
      public void close() {
        netlink.close();
        monitor.close();
      }
    };
  }
}
