package dev.twinspan.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.Provenance;
import dev.twinspan.agent.bgp.message.AsPath;
import dev.twinspan.agent.bgp.message.AsPath.Kind;
import dev.twinspan.agent.bgp.message.AsPath.Segment;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.status.BgpSession;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A box and a router on its LAN, which is played by the same code with another ASN. */
class LanRoutersTest {
  private static final Prefix VNET = new Prefix(InetAddress.ofLiteral("10.20.0.0"), 16);
  private static final Prefix STATIC = new Prefix(InetAddress.ofLiteral("10.10.0.0"), 16);
  private static final Prefix FLOOR = new Prefix(InetAddress.ofLiteral("192.168.60.0"), 24);
  private static final Prefix CELLAR = new Prefix(InetAddress.ofLiteral("192.168.61.0"), 24);
  private static final Prefix ALL = new Prefix(InetAddress.ofLiteral("0.0.0.0"), 0);
  private static final InetAddress ROUTER = InetAddress.ofLiteral("192.168.50.4");

  @TempDir Path folder;

  private final LanWire wire = new LanWire();
  private SiteControl box;
  private SiteControl router;
  private long now = 1;

  @BeforeEach
  void connect() throws Exception {
    box = speaker("box", "192.168.50.2", 65010, "192.168.50.4", 65001);
    router = speaker("router", "192.168.50.4", 65001, "192.168.50.2", 65010);
    settle(40);
  }

  @AfterEach
  void close() {
    box.close();
    router.close();
  }

  private SiteControl speaker(String name, String own, long asn, String other, long otherAsn)
      throws Exception {
    SiteControl site =
        new SiteControl(
            new BgpEngine(new SplittableRandom(asn)), new EventRing(), wire.end(), () -> {});
    site.configure(now, config(name, own, asn, other, otherAsn));
    return site;
  }

  private AgentConfig config(String name, String own, long asn, String other, long otherAsn)
      throws Exception {
    return new ConfigFixture(Files.createDirectories(folder.resolve(name)))
        .with("  # address: 192.168.50.2 ", "  address: %s ".formatted(own))
        .with(
            "  asn: 65010 ",
            "  neighbors: [{address: %s, asn: %d}]\n  asn: %d ".formatted(other, otherAsn, asn))
        .read()
        .config();
  }

  private void settle(int seconds) {
    for (int i = 0; i < 10 * seconds; i++) {
      now += 100_000_000L;
      do {
        while (box.turn(now) || router.turn(now)) {
          // until neither has reports left
        }
      } while (wire.step());
    }
  }

  private static Provenance path(long... asns) {
    List<Long> all = Arrays.stream(asns).boxed().toList();
    return new Provenance(new AsPath(List.of(new Segment(Kind.AS_SEQUENCE, all))), false);
  }

  private List<BgpSession> sessions() {
    return box.status(_ -> Instant.EPOCH);
  }

  /** A router that could draw a VNet's traffic to itself would have it in the clear. */
  @Test
  void shouldNotBelieveThatAVnetOrAPartOfItIsOnTheLan() throws Exception {
    Prefix part = new Prefix(InetAddress.ofLiteral("10.10.7.0"), 24);
    box.configure(
        now,
        new ConfigFixture(Files.createDirectories(folder.resolve("vnet")))
            .with("  # address: 192.168.50.2 ", "  address: 192.168.50.2 ")
            .with("    # vnet-prefixes: ", "    vnet-prefixes: [10.10.0.0/16] ")
            .with(
                "  asn: 65010 ",
                "  neighbors: [{address: 192.168.50.4, asn: 65001}]\n  asn: 65010 ")
            .read()
            .config());
    router.tell(now, Map.of(part, Provenance.OWN, CELLAR, Provenance.OWN));
    settle(40);

    assertThat(box.lan().ways()).containsOnlyKeys(CELLAR);
  }

  @Test
  void shouldTellTheRouterWhatTheTunnelsCarryAndTakeItBack() {
    // The router would refuse what comes from Azure, as another box of this site does.
    box.tell(now, Map.of(VNET, path(65300), CELLAR, Provenance.OWN));
    settle(2);
    assertThat(router.lan().ways()).containsOnlyKeys(VNET, CELLAR);
    assertThat(router.lan().passedOn().get(Nlri.of(VNET))).isEqualTo(path(65010, 65300));
    assertThat(router.lan().passedOn().get(Nlri.of(CELLAR))).isEqualTo(path(65010));

    box.tell(now, Map.of(CELLAR, Provenance.OWN));
    settle(2);
    assertThat(router.lan().ways()).containsOnlyKeys(CELLAR);
  }

  @Test
  void shouldLearnWhatIsBehindTheRouter() {
    router.tell(now, Map.of(FLOOR, path(65002)));
    settle(2);

    assertThat(box.lan().ways()).isEqualTo(Map.of(FLOOR, List.of(ROUTER)));
    assertThat(box.lan().passedOn()).isEqualTo(Map.of(Nlri.of(FLOOR), path(65001, 65002)));
    assertThat(box.learnt()).isSameAs(SiblingRoutes.NONE);
    assertThat(sessions())
        .singleElement()
        .satisfies(
            session -> {
              assertThat(session.tunnel()).isEqualTo("neighbor 192.168.50.4");
              assertThat(session.state()).isEqualTo(BgpSession.State.ESTABLISHED);
              assertThat(session.accepted()).isEqualTo(1);
            });
  }

  /** It has it from the site's other box, or by ExpressRoute. */
  @Test
  void shouldNotBelieveThatWhatIsBehindTheTunnelsIsOnTheLan() {
    router.tell(
        now,
        Map.of(
            VNET, path(65011, 65515), FLOOR, path(12076), STATIC, path(65002), ALL, path(65002)));
    settle(2);

    assertThat(box.lan().ways()).isEmpty();
    assertThat(sessions().getFirst().accepted()).isZero();
  }

  @Test
  void shouldGuardWhatWasBehindTheRouterUntilItHasHadTheTimeToTellAll() throws Exception {
    router.tell(now, Map.of(FLOOR, Provenance.OWN, CELLAR, Provenance.OWN));
    settle(2);
    router.shutdown(now);
    settle(1);
    assertThat(box.lan().ways()).isEmpty();
    assertThat(box.lan().guarded()).containsExactlyInAnyOrder(FLOOR, CELLAR);

    router.tell(now, Map.of(FLOOR, Provenance.OWN));
    router.configure(now, config("again", "192.168.50.4", 65001, "192.168.50.2", 65010));
    settle(20);
    assertThat(box.lan().ways()).containsOnlyKeys(FLOOR);
    assertThat(box.lan().guarded()).containsExactlyInAnyOrder(FLOOR, CELLAR);

    settle(60);
    assertThat(box.lan().guarded()).containsExactly(FLOOR);
  }

  @Test
  void shouldForgetARouterThatIsConfiguredAway() throws Exception {
    router.tell(now, Map.of(FLOOR, Provenance.OWN));
    settle(2);
    assertThat(box.lan().ways()).isNotEmpty();

    Path own = Files.createDirectories(folder.resolve("alone"));
    box.configure(now, new ConfigFixture(own).read().config());

    assertThat(box.lan()).isSameAs(LanRoutes.NONE);
    assertThat(sessions()).isEmpty();
  }
}
