package dev.twinspan.agent.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.config.Prefix;
import dev.twinspan.ffi.linux.InterfaceAddress;
import dev.twinspan.ffi.linux.IpPrefix;
import dev.twinspan.ffi.linux.KernelRoute;
import dev.twinspan.ffi.linux.NetworkNamespace;
import dev.twinspan.ffi.linux.RouteEvent;
import dev.twinspan.ffi.linux.RouteNetlink;
import dev.twinspan.ffi.linux.RouteType;
import dev.twinspan.ffi.linux.Tun;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel's routes, in a network namespace: what others undo, and what the kernel refuses. */
class KernelRoutesTest {
  private static final Prefix ONE = new Prefix(InetAddress.ofLiteral("10.10.0.0"), 16);
  private static final Prefix TWO = new Prefix(InetAddress.ofLiteral("10.20.0.0"), 16);

  private NetworkNamespace namespace;
  private NetworkNamespace.Stay stay;
  private Tun.Device device;
  private RouteNetlink other;
  private KernelRoutes routes;

  @BeforeEach
  void open() {
    assumeTrue("root".equals(System.getProperty("user.name")), "making namespaces needs root");
    namespace = NetworkNamespace.create();
    stay = namespace.enter();
    device = Tun.open(new Tun.Options("twinspan0", 1, 1400, false));
    other = RouteNetlink.open();
    routes = KernelRoutes.open(device.interfaceIndex());
  }

  @AfterEach
  void close() {
    if (stay != null) {
      routes.close();
      other.close();
      device.close();
      stay.close();
      namespace.close();
    }
  }

  private List<String> toTheTun() {
    return other.routes(KernelRoute.TABLE_MAIN, KernelRoute.PROTOCOL_TWINSPAN).stream()
        .filter(route -> route.metric() == KernelRoutes.TUNNEL_METRIC)
        .map(route -> route.destination().toString())
        .sorted()
        .toList();
  }

  @Test
  void shouldPutTheDeviceUpAndItsRoutesBack() {
    routes.reconcile(Set.of(ONE, TWO), at(50, Set.of(ONE, TWO)));
    assertThat(toTheTun()).containsExactly("10.10.0.0/16", "10.20.0.0/16");

    other.setLinkDown(device.interfaceIndex());
    assertThat(toTheTun()).isEmpty();

    assertThat(routes.repair()).isEqualTo(2);
    assertThat(toTheTun()).containsExactly("10.10.0.0/16", "10.20.0.0/16");
    assertThat(routes.repair()).isZero();
  }

  @Test
  void shouldFallBackOnTheOtherBoxAndGuardWhatOnlyThatKnows() {
    InetAddress sibling = InetAddress.ofLiteral("192.168.50.3");
    int lo = other.link("lo").orElseThrow().index();
    other.setLinkUp(lo);
    other.addAddress(new InterfaceAddress(lo, InetAddress.ofLiteral("192.168.50.2"), 24));
    routes.sibling(new SiblingRoutes(sibling, 60, Set.of(ONE, TWO), Set.of(ONE, TWO)));

    routes.reconcile(Set.of(ONE), at(50, Set.of(ONE)));
    assertThat(ways(ONE))
        .as("no way round when the agents are gone")
        .containsExactly("50 dev", "guard");
    assertThat(ways(TWO)).containsExactly("60 via /192.168.50.3", "guard");

    routes.reconcile(Set.of(ONE), at(50, Set.of()));
    assertThat(ways(ONE)).containsExactly("60 via /192.168.50.3", "guard");

    routes.sibling(new SiblingRoutes(sibling, 60, Set.of(), Set.of(ONE, TWO)));
    routes.reconcile(Set.of(ONE), at(50, Set.of()));
    assertThat(ways(ONE)).containsExactly("guard");
    assertThat(ways(TWO)).containsExactly("guard");

    routes.sibling(SiblingRoutes.NONE);
    routes.reconcile(Set.of(ONE), at(50, Set.of()));
    assertThat(ways(TWO)).isEmpty();
  }

  @Test
  void shouldSendToTheLansRoutersAndGuardWhatTheyTakeBack() {
    InetAddress first = InetAddress.ofLiteral("192.168.50.4");
    InetAddress second = InetAddress.ofLiteral("192.168.50.5");
    int lo = other.link("lo").orElseThrow().index();
    other.setLinkUp(lo);
    other.addAddress(new InterfaceAddress(lo, InetAddress.ofLiteral("192.168.50.2"), 24));
    routes.lan(
        new LanRoutes(
            Map.of(ONE, List.of(first, second), TWO, List.of(second)), Map.of(), Set.of(ONE, TWO)));
    routes.reconcile(Set.of(), at(50, Set.of()));
    assertThat(ways(ONE))
        .containsExactly("30000 via /192.168.50.4", "30001 via /192.168.50.5", "guard");
    assertThat(ways(TWO)).containsExactly("30000 via /192.168.50.5", "guard");

    routes.lan(new LanRoutes(Map.of(), Map.of(), Set.of(ONE)));
    routes.reconcile(Set.of(), at(50, Set.of()));
    assertThat(ways(ONE)).containsExactly("guard");
    assertThat(ways(TWO)).isEmpty();
  }

  @Test
  void shouldKnowItsWayOverTheOtherBoxAgain() {
    InetAddress sibling = InetAddress.ofLiteral("192.168.50.3");
    int lo = other.link("lo").orElseThrow().index();
    other.setLinkUp(lo);
    other.addAddress(new InterfaceAddress(lo, InetAddress.ofLiteral("192.168.50.2"), 24));
    routes.sibling(new SiblingRoutes(sibling, 60, Set.of(ONE), Set.of(ONE)));
    routes.reconcile(Set.of(ONE), at(50, Set.of(ONE)));

    other.removeRoute(
        KernelRoute.unreachable(new IpPrefix(ONE.address(), 16))
            .withMetric(KernelRoutes.UNREACHABLE_METRIC));

    assertThat(routes.repair()).as("the one that was removed, and no other").isEqualTo(1);
  }

  private List<String> ways(Prefix prefix) {
    IpPrefix destination = new IpPrefix(prefix.address(), prefix.length());
    return other.routes(KernelRoute.TABLE_MAIN, KernelRoute.PROTOCOL_TWINSPAN).stream()
        .filter(route -> route.destination().equals(destination))
        .sorted(Comparator.comparingLong(route -> Integer.toUnsignedLong(route.metric())))
        .map(
            route ->
                route.type() == RouteType.UNREACHABLE
                    ? "guard"
                    : route.metric()
                        + (route.gateway() == null ? " dev" : " via " + route.gateway()))
        .toList();
  }

  /** Else the tunnels' own packets would be routed into the tunnels. */
  @Test
  void shouldKeepTheWayToTheOuterEndsBesideADefaultRouteIntoTheTunnel() {
    InetAddress end = InetAddress.ofLiteral("203.0.113.10");
    int lo = other.link("lo").orElseThrow().index();
    other.setLinkUp(lo);
    Prefix all = new Prefix(InetAddress.ofLiteral("0.0.0.0"), 0);
    IpPrefix any = IpPrefix.of("0.0.0.0/0");
    KernelRoute uplink =
        new KernelRoute(
            any,
            RouteType.UNICAST,
            KernelRoute.TABLE_MAIN,
            KernelRoute.PROTOCOL_BOOT,
            100,
            device.interfaceIndex(),
            null,
            null,
            0);
    other.addRoute(uplink);
    routes.configure(Set.of(end), TunnelSource.NONE);
    routes.reconcile(Set.of(all, ONE), at(50, Set.of(all, ONE)));

    KernelRoute pinned = other.routeTo(end, 0).orElseThrow();
    assertThat(toTheTun()).contains("0.0.0.0/0", "10.10.0.0/16", "203.0.113.10/32");
    assertThat(pinned.interfaceIndex()).isEqualTo(device.interfaceIndex());

    other.replaceRoute(uplink.withInterface(lo));
    routes.repair();
    assertThat(other.routeTo(end, 0).orElseThrow().interfaceIndex()).isEqualTo(lo);

    routes.reconcile(Set.of(ONE), at(50, Set.of(ONE)));
    assertThat(toTheTun()).containsExactly("10.10.0.0/16");
  }

  /** A box that cannot tell that its tunnels are down is of no use to a fleet. */
  @Test
  void shouldKeepTheWayToWhatIsOutsideBesideATunnelledPrefix() {
    InetAddress broker = InetAddress.ofLiteral("10.10.7.7");
    int lo = other.link("lo").orElseThrow().index();
    other.setLinkUp(lo);
    KernelRoute uplink =
        new KernelRoute(
            IpPrefix.of("0.0.0.0/0"),
            RouteType.UNICAST,
            KernelRoute.TABLE_MAIN,
            KernelRoute.PROTOCOL_BOOT,
            100,
            lo,
            null,
            null,
            0);
    other.addRoute(uplink);
    routes.outside(Set.of(broker, InetAddress.ofLiteral("203.0.113.99")));
    routes.reconcile(Set.of(ONE), at(50, Set.of(ONE)));
    assertThat(other.routeTo(broker, 0).orElseThrow().interfaceIndex()).isEqualTo(lo);
    assertThat(ours()).contains("10.10.7.7/32").doesNotContain("203.0.113.99/32");

    // No tunnel carries the prefix any more.
    routes.reconcile(Set.of(ONE), at(50, Set.of()));
    assertThat(other.routeTo(broker, 0).orElseThrow().interfaceIndex()).isEqualTo(lo);

    // What somebody takes away is put back, by the way that there is then.
    other.removeRoute(
        KernelRoute.to(IpPrefix.host(broker), lo).withMetric(KernelRoutes.TUNNEL_METRIC));
    routes.repair();
    assertThat(ours()).contains("10.10.7.7/32");

    routes.outside(Set.of());
    routes.reconcile(Set.of(ONE), at(50, Set.of(ONE)));
    assertThat(ours()).doesNotContain("10.10.7.7/32");
  }

  private List<String> ours() {
    return other.routes(KernelRoute.TABLE_MAIN, KernelRoute.PROTOCOL_TWINSPAN).stream()
        .map(route -> route.destination().toString())
        .toList();
  }

  /** A device that is down takes no routes; those to nowhere are there all the same. */
  @Test
  void shouldOutliveARefusalAndTryAgain() {
    other.setLinkDown(device.interfaceIndex());

    routes.reconcile(Set.of(ONE, TWO), at(50, Set.of(ONE, TWO)));

    assertThat(toTheTun()).isEmpty();
    assertThat(other.routes(KernelRoute.TABLE_MAIN, KernelRoute.PROTOCOL_TWINSPAN)).hasSize(2);
    assertThat(routes.news()).get().asString().contains("refused 2 of 4 routes", "ENETDOWN");
    assertThat(routes.news()).as("told once").isEmpty();

    other.setLinkUp(device.interfaceIndex());
    routes.reconcile(Set.of(ONE, TWO), at(50, Set.of(ONE, TWO)));

    assertThat(toTheTun()).containsExactly("10.10.0.0/16", "10.20.0.0/16");
    assertThat(routes.news()).isEmpty();
  }

  @Test
  void shouldMoveARouteToAnotherMetric() {
    routes.reconcile(Set.of(ONE), at(50, Set.of(ONE)));
    routes.reconcile(Set.of(ONE), at(200, Set.of(ONE)));
    assertThat(other.routes(KernelRoute.TABLE_MAIN, KernelRoute.PROTOCOL_TWINSPAN))
        .extracting(KernelRoute::metric)
        .containsExactlyInAnyOrder(200, KernelRoutes.UNREACHABLE_METRIC);
  }

  /** Azure routes back to the LAN alone. */
  @Test
  void shouldSpeakIntoTheTunnelsFromAnAddressOfTheLan() {
    int lo = other.link("lo").orElseThrow().index();
    other.setLinkUp(lo);
    Prefix six = new Prefix(InetAddress.ofLiteral("fd00:10::"), 32);
    InterfaceAddress wan = address(lo, "203.0.113.1");
    InterfaceAddress first = address(lo, "192.168.50.2");
    InterfaceAddress own = address(lo, "192.168.50.3");
    List.of(wan, address(lo, "192.168.50.1"), first, own, address(lo, "fd00:50::1"))
        .forEach(other::addAddress);
    routes.configure(
        Set.of(),
        new TunnelSource(
            Set.of(
                new Prefix(InetAddress.ofLiteral("192.168.50.0"), 24),
                new Prefix(InetAddress.ofLiteral("fd00:50::"), 64)),
            own.address(),
            InetAddress.ofLiteral("192.168.50.1")));
    routes.reconcile(Set.of(ONE, TWO, six), at(50, Set.of(ONE, six)));
    assertThat(source("10.10.0.10")).isEqualTo(own.address());
    assertThat(source("fd00:10::10")).isEqualTo(InetAddress.ofLiteral("fd00:50::1"));

    // With the address the kernel drops the route.
    other.removeAddress(own);
    assertThat(other.routeTo(InetAddress.ofLiteral("10.10.0.10"), 0)).isEmpty();
    assertThat(routes.repair()).isEqualTo(1);
    assertThat(source("10.10.0.10")).isEqualTo(first.address());

    // Two boxes share that one.
    other.removeAddress(first);
    routes.repair();
    assertThat(source("10.10.0.10")).isNotEqualTo(InetAddress.ofLiteral("192.168.50.1"));

    other.addAddress(own);
    assertThat(routes.repair()).as("none was missing").isZero();
    assertThat(source("10.10.0.10")).isEqualTo(own.address());

    routes.configure(Set.of(), TunnelSource.NONE);
    routes.reconcile(Set.of(ONE), at(50, Set.of(ONE)));
    assertThat(source("10.10.0.10")).isEqualTo(wan.address());
  }

  private static InterfaceAddress address(int lo, String address) {
    InetAddress literal = InetAddress.ofLiteral(address);
    return new InterfaceAddress(lo, literal, literal.getAddress().length * Byte.SIZE);
  }

  private @Nullable InetAddress source(String destination) {
    return other.routeTo(InetAddress.ofLiteral(destination), 0).orElseThrow().source();
  }

  /** As one that is not yet known to be nobody else's. */
  @Test
  void shouldRatherHaveARouteWithoutASourceThanNone() {
    RouteKernel early = new Early(RouteKernel.open(), address(1, "192.168.50.2"));
    try (KernelRoutes hasty = new KernelRoutes(early, device.interfaceIndex())) {
      hasty.configure(
          Set.of(),
          new TunnelSource(
              Set.of(new Prefix(InetAddress.ofLiteral("192.168.50.0"), 24)), null, null));
      hasty.reconcile(Set.of(ONE), at(50, Set.of(ONE)));
      assertThat(toTheTun()).containsExactly("10.10.0.0/16");
      assertThat(hasty.news()).isEmpty();
    }
  }

  /** The kernel, with an address that it does not know yet. */
  private record Early(RouteKernel kernel, InterfaceAddress coming) implements RouteKernel {
    @Override
    public List<InterfaceAddress> addresses() {
      return List.of(coming);
    }

    @Override
    public List<KernelRoute> routes(int table, int protocol) {
      return kernel.routes(table, protocol);
    }

    @Override
    public void replaceRoute(KernelRoute route) {
      kernel.replaceRoute(route);
    }

    @Override
    public void removeRoute(KernelRoute route) {
      kernel.removeRoute(route);
    }

    @Override
    public void setLinkUp(int index) {
      kernel.setLinkUp(index);
    }

    @Override
    public List<RouteEvent> poll() {
      return kernel.poll();
    }

    @Override
    public String forwarding(boolean ipv6) throws IOException {
      return kernel.forwarding(ipv6);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }

  private static Map<Prefix, Integer> at(int metric, Set<Prefix> prefixes) {
    return prefixes.stream().collect(Collectors.toMap(prefix -> prefix, _ -> metric));
  }
}
