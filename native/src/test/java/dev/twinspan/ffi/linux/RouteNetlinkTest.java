package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.ffi.linux.RouteMonitor.Topic;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteNetlinkTest extends InNamespace {
  private static final int TABLE = 51000;

  private RouteNetlink netlink;
  private int device;

  @BeforeEach
  void setUp() {
    netlink = RouteNetlink.open();
    run("ip", "link", "add", "d0", "type", "veth", "peer", "name", "d1");
    device = netlink.link("d0").orElseThrow().index();
    netlink.setLinkUp(device);
    netlink.setLinkUp(netlink.link("d1").orElseThrow().index());
  }

  @AfterEach
  void tearDown() {
    if (netlink != null) {
      netlink.close();
    }
  }

  @Test
  void shouldSetUpALink() {
    netlink.setMtu(device, 1400);
    netlink.setGso(device, 44, 65000);

    Link link = netlink.link(device).orElseThrow();
    assertThat(link.name()).isEqualTo("d0");
    assertThat(link.kind()).isEqualTo("veth");
    assertThat(link.mtu()).isEqualTo(1400);
    assertThat(link.gsoMaxSegments()).isEqualTo(44);
    assertThat(link.gsoMaxSize()).isEqualTo(65000);
    assertThat(link.isUp()).isTrue();

    netlink.setLinkDown(device);
    assertThat(netlink.link("d0")).get().matches(down -> !down.isUp());
    assertThat(netlink.link("nope")).isEmpty();
  }

  /** Several batches; what is refused keeps none of the others from being there. */
  @Test
  void shouldReplaceAndRemoveManyAtOnce() {
    List<KernelRoute> many = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      many.add(
          KernelRoute.to(new IpPrefix(InetAddress.ofLiteral("10.77." + i + ".0"), 24), device)
              .withTable(TABLE));
    }
    KernelRoute nowhere =
        KernelRoute.to(new IpPrefix(InetAddress.ofLiteral("10.78.0.0"), 24), 9_999)
            .withTable(TABLE);
    many.add(100, nowhere);
    many.add(nowhere);

    assertThat(netlink.replaceRoutes(many)).containsOnlyKeys(nowhere);
    assertThat(netlink.routes(TABLE, 0)).hasSize(200);
    assertThat(netlink.replaceRoutes(List.of())).isEmpty();

    assertThat(netlink.removeRoutes(many.subList(0, 90))).isEmpty();
    assertThat(netlink.removeRoutes(many.subList(0, 100)))
        .as("what is gone already is as wanted")
        .isEmpty();
    assertThat(netlink.routes(TABLE, 0)).hasSize(100);
    // What comes next gets its own answer.
    netlink.setMtu(device, 1400);
  }

  @ParameterizedTest
  @CsvSource({"10.255.0.17, 32", "192.0.2.1, 24", "2001:db8::17, 128", "2001:db8:1::1, 64"})
  void shouldAddListAndRemoveAnAddress(String address, int length) {
    InterfaceAddress own = new InterfaceAddress(device, InetAddress.ofLiteral(address), length);

    assertThat(netlink.addAddress(own)).isTrue();
    assertThat(netlink.addAddress(own)).as("already there").isFalse();
    assertThat(netlink.addresses()).contains(own);
    assertThat(run("ip", "addr", "show", "dev", "d0")).contains(address + "/" + length);

    assertThat(netlink.removeAddress(own)).isTrue();
    assertThat(netlink.removeAddress(own)).as("gone already").isFalse();
    assertThat(netlink.addresses()).doesNotContain(own);
  }

  @ParameterizedTest
  @CsvSource({"10.10.0.0/16", "0.0.0.0/0", "198.51.100.7/32", "2001:db8:5::/48", "::/0"})
  void shouldAddListReplaceAndRemoveARoute(String prefix) {
    KernelRoute route =
        KernelRoute.to(IpPrefix.of(prefix), device).withTable(TABLE).withMetric(77).withMtu(1300);

    assertThat(netlink.addRoute(route)).isTrue();
    assertThat(netlink.addRoute(route)).as("already there").isFalse();
    assertThat(netlink.routes(TABLE, 0)).containsExactly(route);

    netlink.replaceRoute(route.withMtu(1200));
    assertThat(netlink.routes(TABLE, KernelRoute.PROTOCOL_TWINSPAN))
        .containsExactly(route.withMtu(1200));

    assertThat(netlink.removeRoute(route)).isTrue();
    assertThat(netlink.removeRoute(route)).as("gone already").isFalse();
    assertThat(netlink.routes(TABLE, 0)).isEmpty();
  }

  @Test
  void shouldAddRoutesByGatewayWithSource() {
    netlink.addAddress(new InterfaceAddress(device, ip("192.0.2.1"), 24));
    netlink.addAddress(new InterfaceAddress(device, ip("2001:db8::1"), 64));
    KernelRoute four =
        KernelRoute.via(IpPrefix.of("10.0.0.0/8"), ip("192.0.2.254"))
            .withInterface(device)
            .withSource(ip("192.0.2.1"));
    KernelRoute six =
        KernelRoute.via(IpPrefix.of("2001:db8:9::/48"), ip("2001:db8::fe"))
            .withInterface(device)
            .withMetric(5);
    KernelRoute fourBySix =
        KernelRoute.via(IpPrefix.of("172.16.0.0/12"), ip("2001:db8::fe")).withInterface(device);

    for (KernelRoute route : List.of(four, six, fourBySix)) {
      assertThat(netlink.addRoute(route)).isTrue();
    }

    assertThat(netlink.routes(0, KernelRoute.PROTOCOL_TWINSPAN)).contains(four, six, fourBySix);
    assertThat(run("ip", "route")).contains("10.0.0.0/8 via 192.0.2.254 dev d0");
  }

  @ParameterizedTest
  @CsvSource({"10.10.0.0/16", "2001:db8:5::/48"})
  void shouldAddRoutesThatDrop(String prefix) {
    KernelRoute blackhole =
        KernelRoute.blackhole(IpPrefix.of(prefix)).withTable(TABLE).withMetric(9);
    KernelRoute unreachable =
        KernelRoute.unreachable(IpPrefix.of(prefix)).withTable(TABLE).withMetric(10);

    assertThat(netlink.addRoute(blackhole)).isTrue();
    assertThat(netlink.addRoute(unreachable)).isTrue();

    assertThat(netlink.routes(TABLE, 0)).containsExactlyInAnyOrder(blackhole, unreachable);
    assertThat(netlink.removeRoute(blackhole)).isTrue();
    assertThat(netlink.routes(TABLE, 0)).containsExactly(unreachable);
  }

  @Test
  void shouldFindOnlyOurOwnRoutesByProtocol() {
    KernelRoute ours = KernelRoute.to(IpPrefix.of("10.1.0.0/16"), device);
    KernelRoute theirs =
        KernelRoute.to(IpPrefix.of("10.2.0.0/16"), device)
            .withProtocol(KernelRoute.PROTOCOL_STATIC);
    netlink.addRoute(ours);
    netlink.addRoute(theirs);

    assertThat(netlink.routes(0, KernelRoute.PROTOCOL_TWINSPAN)).containsExactly(ours);
    assertThat(netlink.routes()).contains(ours, theirs);
    assertThat(netlink.routes(4_000_000, 0)).as("a table that does not exist").isEmpty();
  }

  @Test
  void shouldLookUpTheWayOfAPacket() {
    netlink.addAddress(new InterfaceAddress(device, ip("192.0.2.1"), 24));
    netlink.addRoute(KernelRoute.via(IpPrefix.of("10.0.0.0/8"), ip("192.0.2.254")).withMtu(1234));
    netlink.addRoute(KernelRoute.unreachable(IpPrefix.of("10.66.0.0/16")));

    assertThat(netlink.routeTo(ip("10.1.2.3"), 0))
        .get()
        .returns(device, KernelRoute::interfaceIndex)
        .returns(ip("192.0.2.254"), KernelRoute::gateway)
        .returns(ip("192.0.2.1"), KernelRoute::source)
        .returns(1234, KernelRoute::mtu);
    assertThat(netlink.routeTo(ip("10.66.1.1"), 0)).isEmpty();
    assertThat(netlink.routeTo(ip("203.0.113.1"), 0)).isEmpty();
    assertThat(netlink.routeTo(ip("2001:db8::1"), 0)).isEmpty();
  }

  @Test
  void shouldRouteMarkedPacketsByTheirOwnTable() {
    netlink.addAddress(new InterfaceAddress(device, ip("192.0.2.1"), 24));
    netlink.addRoute(KernelRoute.to(IpPrefix.of("0.0.0.0/0"), device).withTable(TABLE));
    netlink.addRule(KernelRule.lookup(true, 100, TABLE).withMark(0x7357));

    assertThat(netlink.routeTo(ip("203.0.113.1"), 0x7357)).isPresent();
    assertThat(netlink.routeTo(ip("203.0.113.1"), 0)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void shouldAddListAndRemoveRules(boolean ipv4) {
    KernelRule marked = KernelRule.lookup(ipv4, 100, TABLE).withMark(0xca).not();
    KernelRule suppressed = KernelRule.lookup(ipv4, 99, 254).withSuppressPrefixLength(0);

    for (KernelRule rule : List.of(marked, suppressed)) {
      assertThat(netlink.addRule(rule)).isTrue();
      assertThat(netlink.addRule(rule)).as("already there").isFalse();
    }
    assertThat(netlink.rules()).contains(marked, suppressed);

    for (KernelRule rule : List.of(marked, suppressed)) {
      assertThat(netlink.removeRule(rule)).isTrue();
      assertThat(netlink.removeRule(rule)).as("gone already").isFalse();
    }
    assertThat(netlink.rules()).doesNotContain(marked, suppressed);
  }

  @Test
  void shouldPassOnTheKernelsOwnSentence() {
    KernelRoute nowhere = KernelRoute.via(IpPrefix.of("10.0.0.0/8"), ip("203.0.113.1"));

    assertThatThrownBy(() -> netlink.addRoute(nowhere))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("add route 10.0.0.0/8 via 203.0.113.1")
        .hasMessageContaining("ENETUNREACH (101, network is unreachable)")
        .hasMessageContaining("Nexthop has invalid gateway");
  }

  @Test
  void shouldStillAnswerAfterAFailedRequest() {
    assertThatThrownBy(() -> netlink.setMtu(device, 1)).isInstanceOf(KernelException.class);
    assertThatThrownBy(() -> netlink.setLinkUp(99_999))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("ENODEV");

    assertThat(netlink.links()).extracting(Link::name).contains("lo", "d0");
  }

  @Test
  void shouldTellEachChangeAsItHappens() {
    KernelRoute route =
        KernelRoute.to(IpPrefix.of("10.10.0.0/16"), device).withTable(TABLE).withMetric(7);
    KernelRule rule = KernelRule.lookup(true, 100, TABLE).withMark(3);
    InterfaceAddress address = new InterfaceAddress(device, ip("192.0.2.9"), 24);
    try (RouteMonitor monitor = RouteMonitor.open(Topic.values())) {
      netlink.addAddress(address);
      netlink.addRoute(route);
      netlink.addRule(rule);
      netlink.setLinkDown(device);
      netlink.removeRule(rule);
      run("ip", "link", "del", "d0");

      List<RouteEvent> seen =
          until(monitor, e -> e instanceof RouteEvent.LinkRemoved(Link l) && l.name().equals("d0"));

      assertThat(seen)
          .containsSubsequence(
              new RouteEvent.AddressAdded(address),
              new RouteEvent.RouteAdded(route),
              new RouteEvent.RuleAdded(rule),
              new RouteEvent.RuleRemoved(rule))
          .contains(new RouteEvent.AddressRemoved(address))
          .anyMatch(e -> e instanceof RouteEvent.LinkChanged(Link link) && !link.isUp());
    }
  }

  @Test
  void shouldSayThatEventsWereLost() {
    try (RouteMonitor monitor = RouteMonitor.open(Topic.ROUTES)) {
      for (int i = 0; i < 8000; i++) {
        netlink.addRoute(
            KernelRoute.blackhole(IpPrefix.of("10.%d.%d.0/24".formatted(i >> 8, i & 255))));
      }

      List<RouteEvent> seen = until(monitor, event -> event instanceof RouteEvent.Overrun);

      assertThat(seen).last().isEqualTo(new RouteEvent.Overrun());
    }
  }

  private static List<RouteEvent> until(RouteMonitor monitor, Predicate<RouteEvent> last) {
    List<RouteEvent> seen = new ArrayList<>();
    while (monitor.await(Duration.ofSeconds(5))) {
      for (RouteEvent event : monitor.poll()) {
        seen.add(event);
        if (last.test(event)) {
          return seen;
        }
      }
    }
    throw new AssertionError("5 s without the event waited for; seen: " + seen);
  }

  private static InetAddress ip(String literal) {
    return InetAddress.ofLiteral(literal);
  }
}
