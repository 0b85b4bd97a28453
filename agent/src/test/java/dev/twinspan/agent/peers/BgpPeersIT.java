package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.BgpPeer.Dial;
import dev.twinspan.agent.bgp.BgpPeer.LimitAction;
import dev.twinspan.agent.bgp.BgpReason;
import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.netns.Sandbox;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * FRR, BIRD and GoBGP as the Azure side, each by itself, from loopback address to loopback address
 * with plain IP between: the speaker without tunnels.
 *
 * <pre>
 *   box 10.255.0.17 ── 192.0.2.1 ═══ 192.0.2.2 ── 10.10.255.4 azure
 *       fd00:255::17   fd00:2::1     fd00:2::2    fd00:10::4
 * </pre>
 */
class BgpPeersIT {
  private static final Duration LIMIT = Duration.ofSeconds(120);
  private static final int PREPEND = 2;

  @TempDir Path directory;
  private Sandbox sandbox;
  private Namespace box;
  private Namespace azure;

  @BeforeEach
  void wire() {
    sandbox = Sandbox.open();
    box = sandbox.namespace("box");
    azure = sandbox.namespace("azure");
    box.ip(
        "link",
        "add",
        "name",
        "wire",
        "type",
        "veth",
        "peer",
        "name",
        "wire",
        "netns",
        Long.toString(azure.pid()));
    side(box, "10.255.0.17", "192.0.2.1", "10.10.255.4", "192.0.2.2");
    side(azure, "10.10.255.4", "192.0.2.2", "10.255.0.17", "192.0.2.1");
    six(box, "fd00:255::17", "fd00:2::1", "fd00:10::/64", "fd00:2::2");
    six(azure, "fd00:10::4", "fd00:2::2", "fd00:255::/64", "fd00:2::1");
  }

  private static void side(Namespace here, String own, String link, String other, String via) {
    here.ip("link", "set", "wire", "up");
    here.ip("addr", "add", own + "/32", "dev", "lo");
    here.ip("addr", "add", link + "/30", "dev", "wire");
    here.ip("route", "add", other + "/32", "via", via);
  }

  private static void six(Namespace here, String own, String link, String other, String via) {
    here.ip("addr", "add", own + "/128", "dev", "lo", "nodad");
    here.ip("addr", "add", link + "/64", "dev", "wire", "nodad");
    here.ip("route", "add", other, "via", via);
  }

  @AfterEach
  void clear() {
    sandbox.close();
  }

  private static InetAddress address(String literal) throws IOException {
    return InetAddress.getByName(literal);
  }

  private static BgpPeer peer(Dial dial, int holdSeconds) throws IOException {
    return new BgpPeer(
        "azure",
        address("10.255.0.17"),
        address("10.10.255.4"),
        65010,
        65515,
        0x0aff0011,
        Duration.ofSeconds(holdSeconds),
        false,
        dial,
        EnumSet.allOf(Family.class),
        address("fd00:255::17"),
        4_000,
        LimitAction.DROP,
        PREPEND);
  }

  private static List<Nlri> announced(int count) {
    List<Nlri> prefixes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long bits = 172L << 56 | (16L + i / 256) << 48 | (long) (i % 256) << 40;
      prefixes.add(new Nlri(Family.IPV4_UNICAST, bits, 0, 24));
    }
    return prefixes;
  }

  private static List<String> offered(int count) {
    List<String> prefixes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      prefixes.add("10.%d.%d.0/24".formatted(64 + i / 256, i % 256));
    }
    return prefixes;
  }

  private BgpDaemon daemon(BgpDaemon.Kind kind, int ipv4, int ipv6, boolean passive)
      throws IOException {
    return BgpDaemon.start(
        kind, azure, directory, new BgpDaemon.Settings(offered(ipv4), ipv6, passive));
  }

  private static void await(
      String wanted, BgpHost host, BgpDaemon daemon, BooleanSupplier condition) {
    Await.orThrow(
        LIMIT,
        condition,
        wanted,
        () ->
            "%s %s%n%s%n%s"
                .formatted(host.view(), host.told(), daemon.routesFromUs(), daemon.log()));
  }

  @ParameterizedTest
  @EnumSource(BgpDaemon.Kind.class)
  void shouldCarryFourThousandPrefixesEachWay(BgpDaemon.Kind kind) throws IOException {
    // GoBGP has no routes in its configuration.
    int ipv4 = kind == BgpDaemon.Kind.GOBGP ? 0 : 3_990;
    int ipv6 = kind == BgpDaemon.Kind.GOBGP ? 0 : 10;
    BgpDaemon daemon = daemon(kind, ipv4, ipv6, false);
    try (BgpHost host = new BgpHost(box.pid(), address("10.255.0.17"))) {
      List<Nlri> mine = announced(3_999);
      Nlri six = new Nlri(Family.IPV6_UNICAST, 0xfd00_0192_0168_0000L, 0, 48);
      mine.add(six);
      host.configure(peer(Dial.BOTH, 180), mine);
      await(
          "a session with all routes",
          host,
          daemon,
          () -> host.established() && host.routes().routes().size() == ipv4 + ipv6);
      Pattern all = Pattern.compile("(?<![0-9])3999(?![0-9])|(?<![0-9])4000(?![0-9])");
      await("all routes there", host, daemon, () -> all.matcher(daemon.routesFromUs()).find());
      // Once because it must be, and twice as asked.
      assertThat(daemon.route("172.16.7.0/24").replaceAll("[\\[\\]]", ""))
          .contains("65010 65010 65010");
      if (kind == BgpDaemon.Kind.GOBGP) {
        assertThat(daemon.ask("global", "rib", "add", "10.64.0.0/24")).isBlank();
        assertThat(
                daemon.ask(
                    "global", "rib", "add", "2001:db8::/48", "-a", "ipv6", "nexthop", "fd00:10::4"))
            .isBlank();
        await("their routes", host, daemon, () -> host.routes().routes().size() == 2);
      }
      assertThat(host.view().holdSeconds()).isEqualTo(180);
      host.order(it -> it.stop(System.nanoTime(), "azure", "maintenance until five"));
      assertThat(host.routes().routes()).isEmpty();
      if (kind != BgpDaemon.Kind.GOBGP) {
        await(
            "our words in their log",
            host,
            daemon,
            () -> (daemon.log() + daemon.ask(words(kind))).contains("maintenance until five"));
      }
    }
  }

  private static String[] words(BgpDaemon.Kind kind) {
    return kind == BgpDaemon.Kind.FRR
        ? new String[] {"show bgp neighbors 10.255.0.17 json"}
        : new String[] {"show", "protocols", "all", "box"};
  }

  @ParameterizedTest
  @CsvSource({
    "FRR, ACTIVE, true",
    "FRR, PASSIVE, false",
    "BIRD, ACTIVE, true",
    "BIRD, PASSIVE, false",
    "GOBGP, ACTIVE, true",
    "GOBGP, PASSIVE, false"
  })
  void shouldEstablishWhoeverDials(BgpDaemon.Kind kind, Dial dial, boolean theyWait)
      throws IOException {
    BgpDaemon daemon = daemon(kind, 3, 0, theyWait);
    try (BgpHost host = new BgpHost(box.pid(), address("10.255.0.17"))) {
      host.configure(peer(dial, 180), announced(3));
      await("a session", host, daemon, host::established);
      assertThat(host.told().stream().map(BgpReason::sentence))
          .contains(dial == Dial.ACTIVE ? "connected, by us" : "connected, by the peer");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = BgpDaemon.Kind.class,
      names = {"FRR", "BIRD"})
  void shouldEndTheSessionAboveThePrefixLimitAndSaySo(BgpDaemon.Kind kind) throws IOException {
    BgpDaemon daemon = daemon(kind, 4_001, 0, false);
    try (BgpHost host = new BgpHost(box.pid(), address("10.255.0.17"))) {
      host.configure(peer(Dial.BOTH, 180), announced(1));
      await("the limit", host, daemon, () -> host.told("prefix-limit") && !host.established());
      assertThat(host.routes().routes()).isEmpty();
      assertThat(host.view().reason().sentence()).contains("more than 4000", "bgp.max-prefixes");
      await(
          "Cease 6/1 at the other end",
          host,
          daemon,
          () ->
              (daemon.log() + daemon.ask(words(kind)))
                  .matches("(?s).*(Maximum (Number of )?[Pp]refix|limit|6/1).*"));
    }
  }

  @Test
  void shouldShowTheOtherSidesCeaseAndWords() throws IOException {
    BgpDaemon daemon = daemon(BgpDaemon.Kind.BIRD, 3, 0, false);
    try (BgpHost host = new BgpHost(box.pid(), address("10.255.0.17"))) {
      host.configure(peer(Dial.BOTH, 180), announced(3));
      await("a session", host, daemon, host::established);
      daemon.ask("disable", "box", "\"gateway maintenance\"");
      await("their Cease", host, daemon, () -> host.told("cease-received"));
      assertThat(host.told().stream().map(BgpReason::sentence))
          .contains("the peer says Cease/Administrative Shutdown (6/2): \"gateway maintenance\"");
      daemon.ask("enable", "box");
      await("a session again", host, daemon, host::established);
    }
  }

  @Test
  void shouldRefreshRoutesBothWays() throws IOException {
    BgpDaemon daemon = daemon(BgpDaemon.Kind.FRR, 3, 0, false);
    try (BgpHost host = new BgpHost(box.pid(), address("10.255.0.17"))) {
      host.configure(peer(Dial.BOTH, 180), announced(3));
      await("their routes", host, daemon, () -> host.routes().routes().size() == 3);
      host.order(it -> it.refresh(System.nanoTime(), "azure"));
      await(
          "our request there",
          host,
          daemon,
          () ->
              daemon
                  .ask("show bgp neighbors 10.255.0.17")
                  .matches("(?s).*Route Refresh: +\\d+ +[1-9].*"));
      assertThat(host.routes().routes()).hasSize(3);
      daemon.ask("clear bgp ipv4 unicast 10.255.0.17 in");
      await(
          "their request, answered",
          host,
          daemon,
          () ->
              daemon
                  .ask("show bgp neighbors 10.255.0.17")
                  .matches("(?s).*Route Refresh: +[1-9]\\d* +\\d+.*"));
      assertThat(host.established()).isTrue();
    }
  }

  @Test
  void shouldNoticeSilenceAndTakeTheRestartedPeerAtOnce() throws IOException {
    BgpDaemon first = daemon(BgpDaemon.Kind.BIRD, 3, 0, false);
    try (BgpHost host = new BgpHost(box.pid(), address("10.255.0.17"))) {
      host.configure(peer(Dial.BOTH, 3), announced(3));
      await("their routes", host, first, () -> host.routes().routes().size() == 3);
      assertThat(host.view().holdSeconds()).isEqualTo(3);
      azure.ip("link", "set", "wire", "down");
      await("the hold timer", host, first, () -> host.told("hold-expired"));
      assertThat(host.routes().routes()).isEmpty();
      first.daemon().kill();
      azure.ip("link", "set", "wire", "up");
      azure.ip("route", "replace", "10.255.0.17/32", "via", "192.0.2.1");
      BgpDaemon second = daemon(BgpDaemon.Kind.BIRD, 5, 0, false);
      await("the new one's routes", host, second, () -> host.routes().routes().size() == 5);
    }
  }
}
