package dev.twinspan.ffi.linux;

import static dev.twinspan.ffi.linux.NetlinkMessage.NLM_F_ACK;
import static dev.twinspan.ffi.linux.NetlinkMessage.NLM_F_CREATE;
import static dev.twinspan.ffi.linux.NetlinkMessage.NLM_F_DUMP;
import static dev.twinspan.ffi.linux.NetlinkMessage.NLM_F_EXCL;
import static dev.twinspan.ffi.linux.NetlinkMessage.NLM_F_REPLACE;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Asks and changes the kernel's links, addresses, routes and rules, rtnetlink(7). Of the network
 * namespace of the thread that opened it; for one thread at a time. Links are set up, never made.
 *
 * <p>Methods that put something there answer false when it was there already, and those that remove
 * answer false when it was not: both leave the table as wanted. Anything else the kernel says is a
 * {@link KernelException} with the kernel's own sentence (NETLINK_EXT_ACK).
 */
public final class RouteNetlink implements AutoCloseable {
  private final NetlinkClient client;

  private RouteNetlink(NetlinkClient client) {
    this.client = client;
  }

  /** Opens a socket; needs no privilege until something is changed. */
  public static RouteNetlink open() {
    return new RouteNetlink(new NetlinkClient());
  }

  public List<Link> links() {
    return client.dump(
        new NetlinkRequest(Rtnetlink.RTM_GETLINK, NLM_F_DUMP).u32(0, 0, 0, 0),
        Rtnetlink.RTM_NEWLINK,
        Rtnetlink::link,
        "list links");
  }

  public Optional<Link> link(String name) {
    return links().stream().filter(link -> link.name().equals(name)).findFirst();
  }

  public Optional<Link> link(int index) {
    return links().stream().filter(link -> link.index() == index).findFirst();
  }

  public void setLinkUp(int index) {
    client.perform(changeLink(index, Link.IFF_UP, Link.IFF_UP), "set link " + index + " up");
  }

  public void setLinkDown(int index) {
    client.perform(changeLink(index, 0, Link.IFF_UP), "set link " + index + " down");
  }

  public void setMtu(int index, int mtu) {
    client.perform(
        changeLink(index, 0, 0).attribute(Rtnetlink.IFLA_MTU, mtu),
        "set link " + index + " mtu " + mtu);
  }

  /**
   * How large the super-packets may be that the kernel hands to the interface. TCP of this machine
   * keeps to it; what is forwarded and larger is cut into single packets.
   */
  public void setGso(int index, int maxSegments, int maxSize) {
    client.perform(
        changeLink(index, 0, 0)
            .attribute(Rtnetlink.IFLA_GSO_MAX_SEGS, maxSegments)
            .attribute(Rtnetlink.IFLA_GSO_MAX_SIZE, maxSize),
        "set link %d gso_max_segs %d gso_max_size %d".formatted(index, maxSegments, maxSize));
  }

  /**
   * No IPv6 link-local address of its own when it goes up, and so none of the router solicitations
   * and multicast reports that come with one.
   */
  public void disableIpv6AddressGeneration(int index) {
    client.perform(
        changeLink(index, 0, 0)
            .nest(
                Rtnetlink.IFLA_AF_SPEC,
                families ->
                    families.nest(
                        Sockaddr.AF_INET6,
                        inet6 ->
                            inet6.attribute(
                                Rtnetlink.IFLA_INET6_ADDR_GEN_MODE,
                                (byte) Rtnetlink.IN6_ADDR_GEN_MODE_NONE))),
        "set link " + index + " addrgenmode none");
  }

  private static NetlinkRequest changeLink(int index, int flags, int change) {
    return new NetlinkRequest(Rtnetlink.RTM_NEWLINK, NLM_F_ACK).u32(0, index, flags, change);
  }

  public List<InterfaceAddress> addresses() {
    return client.dump(
        new NetlinkRequest(Rtnetlink.RTM_GETADDR, NLM_F_DUMP).u32(0, 0),
        Rtnetlink.RTM_NEWADDR,
        Rtnetlink::address,
        "list addresses");
  }

  /**
   * Without duplicate address detection. IPv4 receives on it at once, IPv6 when its route of the
   * local table has come, a moment later.
   */
  public boolean addAddress(InterfaceAddress address) {
    return client.performUnless(
        Errno.EEXIST,
        address(Rtnetlink.RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address)
            .attribute(Rtnetlink.IFA_PROTO, (byte) address.protocol()),
        "add address " + address);
  }

  public boolean removeAddress(InterfaceAddress address) {
    return client.performUnless(
        Errno.EADDRNOTAVAIL,
        address(Rtnetlink.RTM_DELADDR, 0, address),
        "remove address " + address);
  }

  private static NetlinkRequest address(int type, int flags, InterfaceAddress address) {
    boolean ipv4 = address.address() instanceof Inet4Address;
    return new NetlinkRequest(type, flags | NLM_F_ACK)
        .u8(
            Sockaddr.family(address.address()),
            address.prefixLength(),
            ipv4 ? 0 : Rtnetlink.IFA_F_NODAD,
            Rtnetlink.RT_SCOPE_UNIVERSE)
        .u32(address.interfaceIndex())
        .attribute(Rtnetlink.IFA_LOCAL, address.address())
        .attribute(Rtnetlink.IFA_ADDRESS, address.address());
  }

  /** All routes of both families that a look-up could use; cached ones are left out. */
  public List<KernelRoute> routes() {
    return routes(0, 0);
  }

  /**
   * Routes of both families.
   *
   * @param table a table's number, or 0 for all; one that does not exist is empty
   * @param protocol a protocol's number, or 0 for all
   */
  public List<KernelRoute> routes(int table, int protocol) {
    Predicate<KernelRoute> wanted =
        route ->
            (table == 0 || route.table() == table)
                && (protocol == 0 || route.protocol() == protocol);
    List<KernelRoute> routes = new ArrayList<>();
    for (int family : new int[] {Sockaddr.AF_INET, Sockaddr.AF_INET6}) {
      // Asked again of what comes: a kernel without IPv6 answers with the routes of IPv4.
      boolean ipv4 = family == Sockaddr.AF_INET;
      client.dumpUnlessMissing(routeDump(family, table, protocol)).stream()
          .filter(wanted.and(route -> route.destination().isIpv4() == ipv4))
          .forEach(routes::add);
    }
    return routes;
  }

  private static NetlinkRequest routeDump(int family, int table, int protocol) {
    NetlinkRequest request =
        new NetlinkRequest(Rtnetlink.RTM_GETROUTE, NLM_F_DUMP)
            .u8(family, 0, 0, 0, 0, protocol, 0, 0)
            .u32(0);
    return table == 0 ? request : request.attribute(Rtnetlink.RTA_TABLE, table);
  }

  /** Adds a route beside others of the same prefix and another metric. */
  public boolean addRoute(KernelRoute route) {
    return client.performUnless(
        Errno.EEXIST,
        RouteRequests.route(Rtnetlink.RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route),
        "add route " + route);
  }

  /** Adds a route, or puts it in place of the one of the same prefix, table and metric. */
  public void replaceRoute(KernelRoute route) {
    client.perform(
        RouteRequests.route(Rtnetlink.RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route),
        "replace route " + route);
  }

  /**
   * As {@link #replaceRoute} for many, with few system calls.
   *
   * @return of each that was refused what the kernel said; the others are there
   */
  public Map<KernelRoute, KernelException> replaceRoutes(List<KernelRoute> routes) {
    List<NetlinkRequest> requests =
        routes.stream()
            .map(
                route ->
                    RouteRequests.route(
                        Rtnetlink.RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route))
            .toList();
    return byRoute(
        routes, client.performAll(requests, index -> "replace route " + routes.get(index)));
  }

  /**
   * As {@link #removeRoute} for many, with few system calls.
   *
   * @return of each that is there still what the kernel said
   */
  public Map<KernelRoute, KernelException> removeRoutes(List<KernelRoute> routes) {
    List<NetlinkRequest> requests =
        routes.stream()
            .map(route -> RouteRequests.route(Rtnetlink.RTM_DELROUTE, 0, route))
            .toList();
    Map<KernelRoute, KernelException> refused =
        byRoute(routes, client.performAll(requests, index -> "remove route " + routes.get(index)));
    refused.values().removeIf(e -> e.errno() == Errno.ESRCH);
    return refused;
  }

  private static Map<KernelRoute, KernelException> byRoute(
      List<KernelRoute> routes, Map<Integer, KernelException> refused) {
    Map<KernelRoute, KernelException> by = new HashMap<>();
    refused.forEach((index, why) -> by.put(routes.get(index), why));
    return by;
  }

  public boolean removeRoute(KernelRoute route) {
    return client.performUnless(
        Errno.ESRCH,
        RouteRequests.route(Rtnetlink.RTM_DELROUTE, 0, route),
        "remove route " + route);
  }

  /**
   * The way a packet of this machine would take: interface, gateway, source address, and the path
   * MTU where the kernel learnt one from ICMP.
   *
   * @param mark SO_MARK of the socket that would send it, or 0
   * @return empty when there is no way
   */
  public Optional<KernelRoute> routeTo(InetAddress destination, int mark) {
    return client.ask(
        RouteRequests.lookUp(destination, mark),
        Rtnetlink.RTM_NEWROUTE,
        Rtnetlink::lookedUp,
        "look up the route to " + destination.getHostAddress());
  }

  public List<KernelRule> rules() {
    List<KernelRule> rules = new ArrayList<>();
    for (int family : new int[] {Sockaddr.AF_INET, Sockaddr.AF_INET6}) {
      client
          .dump(
              new NetlinkRequest(Rtnetlink.RTM_GETRULE, NLM_F_DUMP)
                  .u8(family, 0, 0, 0, 0, 0, 0, 0)
                  .u32(0),
              Rtnetlink.RTM_NEWRULE,
              Rtnetlink::rule,
              "list rules")
          .stream()
          .filter(rule -> rule.ipv4() == (family == Sockaddr.AF_INET))
          .forEach(rules::add);
    }
    return rules;
  }

  public boolean addRule(KernelRule rule) {
    return client.performUnless(
        Errno.EEXIST,
        RouteRequests.rule(Rtnetlink.RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule),
        "add rule " + rule);
  }

  public boolean removeRule(KernelRule rule) {
    return client.performUnless(
        Errno.ENOENT, RouteRequests.rule(Rtnetlink.RTM_DELRULE, 0, rule), "remove rule " + rule);
  }

  @Override
  public void close() {
    client.close();
  }
}
