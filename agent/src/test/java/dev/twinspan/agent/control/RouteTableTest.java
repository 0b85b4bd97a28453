package dev.twinspan.agent.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.bgp.Route;
import dev.twinspan.agent.bgp.RouteSet;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.tunnel.TunnelSet;
import dev.twinspan.datapath.forward.ForwardingTable;
import dev.twinspan.ffi.linux.KernelRoute;
import dev.twinspan.ffi.linux.NetworkNamespace;
import dev.twinspan.ffi.linux.RouteNetlink;
import dev.twinspan.ffi.linux.Tun;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouteTableTest {
  private static final List<String> BOTH = List.of("hub-weu/in1", "hub-weu/in0");

  @TempDir Path folder;
  private AgentConfig config;
  private RouteTable table;

  @BeforeEach
  void speakBgp() {
    config =
        new ConfigFixture(folder)
            .with("    routing: static ", "    routing: bgp ")
            .with("      - 10.10.0.0/16\n    psk", "    psk")
            .with("    static-prefixes:             # what", "    # ")
            .read()
            .config();
    assertThat(config).isNotNull();
    TunnelSet selection = new TunnelSet();
    selection.configure(Map.of("hub-weu", List.of("hub-weu/in0", "hub-weu/in1")));
    table = new RouteTable(config, _ -> null, selection);
    table.configure(config);
    table.select();
  }

  private static RouteSet routes(int count, List<String> peers) {
    Map<Nlri, Route> routes = new HashMap<>();
    for (int i = 0; i < count; i++) {
      Nlri prefix =
          Nlri.of(
              new Prefix(InetAddress.ofLiteral("10.%d.%d.0".formatted(64 + i / 256, i % 256)), 24));
      routes.put(prefix, new Route(prefix, peers, "equal"));
    }
    return new RouteSet(1, routes);
  }

  @Test
  void shouldGiveAGroupToEachSetOfPeers() {
    table.learn(routes(2, BOTH), _ -> true);
    assertThat(table.status()).extracting(route -> route.group()).containsOnly("hub-weu");
    table.learn(routes(2, List.of("hub-weu/in0")), _ -> true);
    table.select();
    assertThat(table.status()).extracting(route -> route.group()).containsOnly("only hub-weu/in0");
  }

  /** Their packets must not leave in the clear by the uplink's default route. */
  @Test
  void shouldKeepLearntPrefixesUnreachableWhileNoSessionIsUp() {
    table.learn(routes(3, BOTH), _ -> true);
    assertThat(table.tunnelled()).hasSize(3 + 2);
    table.learn(RouteSet.EMPTY, _ -> false);
    assertThat(table.tunnelled()).hasSize(3 + 2);
    assertThat(table.routes()).hasSize(2);
    table.learn(routes(1, BOTH), _ -> true);
    assertThat(table.tunnelled()).as("withdrawn by a session that is up").hasSize(1 + 2);
  }

  /** Found by the simulator: one session ends before another that is up has told its routes. */
  @Test
  void shouldKeepWhatWasLearntUntilASessionHasHadTheTimeToTellAll() {
    table.learn(routes(3, BOTH), _ -> false);
    table.learn(RouteSet.EMPTY, _ -> false);
    assertThat(table.tunnelled()).hasSize(3 + 2);
    table.learn(routes(1, BOTH), _ -> false);
    assertThat(table.tunnelled()).hasSize(3 + 2);
    table.learn(routes(1, BOTH), _ -> true);
    assertThat(table.tunnelled()).hasSize(1 + 2);
  }

  /** Azure may have it from the site's other box, which has another ASN. */
  @Test
  void shouldLeaveOnTheLanWhatARouterThereTellsOf() {
    Prefix here = new Prefix(InetAddress.ofLiteral("10.64.1.0"), 24);
    table.learn(routes(3, BOTH), _ -> true);
    table.onLan(Set.of(here));
    assertThat(table.status())
        .extracting(route -> route.prefix())
        .containsExactlyInAnyOrder("10.64.0.0/24", "10.64.2.0/24");

    table.onLan(Set.of());
    assertThat(table.status()).hasSize(3);
  }

  @Test
  void shouldNotMakeAnythingAnewWhileNothingChanges() {
    table.learn(routes(3, BOTH), _ -> true);
    assertThat(table.tunnelled()).isSameAs(table.tunnelled());
    table.select();
    assertThat(table.routes()).isSameAs(table.routes());
  }

  /** Measured, not judged: how long a turn of the loop takes with all that Azure may announce. */
  @Test
  void shouldProgramFourThousandPrefixesInOneTurn() {
    assumeTrue("root".equals(System.getProperty("user.name")), "making namespaces needs root");
    try (NetworkNamespace namespace = NetworkNamespace.create();
        NetworkNamespace.Stay _ = namespace.enter();
        Tun.Device device = Tun.open(new Tun.Options("twinspan0", 1, 1400, false));
        RouteNetlink other = RouteNetlink.open();
        KernelRoutes kernel = KernelRoutes.open(device.interfaceIndex())) {
      RouteSet all = routes(4_000, BOTH);
      for (int round = 0; round < 3; round++) {
        table.learn(RouteSet.EMPTY, _ -> true);
        kernel.reconcile(table.tunnelled(), all());
        long began = System.nanoTime();
        table.learn(all, _ -> true);
        table.select();
        ForwardingTable forwarding = ForwardingTable.of(table.routes());
        long forwarded = System.nanoTime();
        kernel.reconcile(table.tunnelled(), all());
        long done = System.nanoTime();
        System.out.printf(
            "4,000 prefixes, round %d: forwarding table %.1f ms, kernel (%d routes) %.1f ms%n",
            round + 1,
            (forwarded - began) / 1e6,
            2 * table.tunnelled().size(),
            (done - forwarded) / 1e6);
        assertThat(forwarding).isNotNull();
      }
      assertThat(
              other.routes(KernelRoute.TABLE_MAIN, KernelRoute.PROTOCOL_TWINSPAN).stream()
                  .filter(route -> route.metric() == KernelRoutes.TUNNEL_METRIC))
          .hasSize(4_000 + 2);
    }
  }

  private Map<Prefix, Integer> all() {
    return table.tunnelled().stream()
        .collect(Collectors.toMap(prefix -> prefix, _ -> KernelRoutes.TUNNEL_METRIC));
  }
}
