package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bgp.BgpPeer;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SiteChecksTest {
  private static final String LAN = "    - 192.168.50.0/24\n";

  private static final String NEEDS_BGP =
      "connections[0].routing: static, and the site has another box (site-peer): Azure has several"
          + " tunnels to one site only with BGP on each; set routing: bgp, and in each box another"
          + " bgp.router-address";

  @TempDir Path folder;

  private ConfigResult read(String site) {
    return ConfigReader.read(new ConfigFixture(folder).with(LAN, LAN + site).write());
  }

  private List<String> problems(String site) {
    return read(site).problems().stream()
        .map(problem -> problem.path() + ": " + problem.sentence())
        .toList();
  }

  @Test
  void shouldReadTwoBoxesThatShareAnAddress() {
    ConfigResult result =
        read(
            """
              address: 192.168.50.2
            site-peer: {address: 192.168.50.3}
            vrrp: {virtual-address: 192.168.50.1, interface: eth1, priority: 160}
            """);

    assertThat(result.problems())
        .extracting(Problem::path)
        .containsExactly("connections[0].routing");
    SiteConfig site = result.config().site();
    assertThat(site.lanAddress().getHostAddress()).isEqualTo("192.168.50.2");
    assertThat(site.sibling().getHostAddress()).isEqualTo("192.168.50.3");
    assertThat(site.vrrp().priority()).isEqualTo(160);
    assertThat(site.vrrp().routerId()).isEqualTo(51);
    assertThat(site.vrrp().interval()).isEqualTo(Duration.ofMillis(50));
    assertThat(site.vrrp().stateFile()).isEqualTo(Path.of("/run/twinspan/vrrp"));
  }

  @Test
  void shouldStandAloneWithoutThem() {
    assertThat(read("").config().site()).isEqualTo(SiteConfig.ALONE);
  }

  @Test
  void shouldAskForTheOwnAddressOnTheLan() {
    assertThat(problems("site-peer: {address: 192.168.50.3}\n"))
        .containsExactlyInAnyOrder(
            NEEDS_BGP,
            "site-peer.address: needs this box's own address on the LAN: set lan.address");
  }

  @Test
  void shouldRefuseAnAddressThatIsThisBoxes() {
    assertThat(
            problems(
                """
                  address: 192.168.50.2
                site-peer: {address: 192.168.50.2}
                vrrp: {virtual-address: 192.168.50.2, interface: eth1}
                """))
        .contains(
            "site-peer.address: 192.168.50.2 is lan.address, this box's own: expected the sibling's"
                + " own address",
            "vrrp.virtual-address: 192.168.50.2 is lan.address, this box's own: expected an address"
                + " of the LAN that is no box's own");
  }

  @Test
  void shouldRefuseWhatVrrpCannotSay() {
    assertThat(
            problems(
                """
                  address: 192.168.50.2
                site-peer: {address: 192.168.50.3}
                vrrp: {virtual-address: 192.168.50.1, interface: eth1, advertisement-interval: 125}
                """))
        .containsExactlyInAnyOrder(
            NEEDS_BGP,
            "vrrp.advertisement-interval: 125 ms cannot be said in VRRP, which counts hundredths of"
                + " a second: expected a multiple of 10");
  }

  @Test
  void shouldWarnOfSlowAdvertisementsAndOfAMissingSibling() {
    assertThat(
            problems(
                """
                  address: 192.168.50.2
                vrrp: {virtual-address: 192.168.50.1, interface: eth1, advertisement-interval: 1000}
                """))
        .containsExactlyInAnyOrder(
            "vrrp: shares 192.168.50.1 with another box, and no site-peer is set: VRRP then speaks"
                + " by multicast, and a box without tunnels cannot forward over the other",
            "vrrp.advertisement-interval: a lost box is missed after three advertisements and a"
                + " bit, 3500 ms: for less than a second set at most 250");
  }

  private List<String> neighbors(String list, String... more) {
    ConfigFixture sample =
        new ConfigFixture(folder)
            .with("    routing: static ", "    routing: bgp ")
            .with("      - 10.10.0.0/16\n    psk", "    psk")
            .with("    static-prefixes:             # what", "    vnet-prefixes: [10.10.0.0/16] # ")
            .with(LAN, LAN + "  address: 192.168.50.2\n")
            .with("  asn: 65010 ", "  neighbors: %s\n  asn: 65010 ".formatted(list));
    for (int i = 0; i < more.length; i += 2) {
      sample.with(more[i], more[i + 1]);
    }
    return sample.sentences();
  }

  @Test
  void shouldSpeakWithRoutersOnTheLan() {
    assertThat(
            neighbors("[{address: 192.168.50.4, asn: 65001}, {address: 192.168.50.5, asn: 65010}]"))
        .isEmpty();
    AgentConfig config = ConfigReader.read(folder.resolve("twinspan.yaml")).config();

    List<BgpPeer> peers = SitePeers.of(config);
    assertThat(peers)
        .extracting(BgpPeer::name)
        .containsExactly("neighbor 192.168.50.4", "neighbor 192.168.50.5");
    assertThat(peers).extracting(BgpPeer::external).containsExactly(true, false);
    assertThat(peers.getFirst().local()).isEqualTo(InetAddress.ofLiteral("192.168.50.2"));
    assertThat(ConfigJson.tree(config).toString())
        .contains("\"neighbors\":[{\"address\":\"192.168.50.4\",\"asn\":65001},");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "192.168.50.4 | 65515 | asn: 65515 is an ASN reserved by Azure (private ASNs 65515, 65517,"
            + " 65518, 65519, 65520), which takes no path with it: take a private ASN for the"
            + " router, 64512 to 65514 or 65521 to 65534, or a 32-bit one",
        "192.168.50.2 | 65001 | address: 192.168.50.2 is lan.address, this box's own: expected the"
            + " router's own address",
        "fd00::4 | 65001 | address: fd00::4 cannot be spoken to from 192.168.50.2 (lan.address):"
            + " expected both IPv4 or both IPv6",
        "203.0.113.11 | 65001 | address: 203.0.113.11 is connections[0].instances[1].address:"
            + " expected the address of a router on the LAN",
        "10.10.255.4 | 65001 | address: 10.10.255.4 is connections[0].instances[0].bgp-address:"
            + " expected the address of a router on the LAN",
        "10.10.0.4 | 65001 | address: 10.10.0.4 lies inside 10.10.0.0/16"
            + " (connections[0].vnet-prefixes[0]), so it would be sought in a tunnel: expected the"
            + " address of a router on the LAN",
      })
  void shouldRefuseARouterThatIsNone(String address, long asn, String sentence) {
    assertThat(neighbors("[{address: \"%s\", asn: %d}]".formatted(address, asn)))
        .contains("bgp.neighbors[0]." + sentence);
  }

  @Test
  void shouldRefuseTheGatewaysAsnAndARouterTwice() {
    assertThat(
            neighbors(
                "[{address: 192.168.50.4, asn: 65400}, {address: 192.168.50.4, asn: 65001}]",
                "    # asn: 65515 ",
                "    asn: 65400 "))
        .containsExactlyInAnyOrder(
            "bgp.neighbors[0].asn: 65400 is the gateway's ASN too (connections[0].asn), which takes"
                + " no path with it: give the router another one",
            "bgp.neighbors[1].address: 192.168.50.4 is bgp.neighbors[0].address too: list each"
                + " router once");
  }

  @Test
  void shouldWarnWhenNothingIsAnnouncedOfWhatRoutersTell() {
    assertThat(
            new ConfigFixture(folder)
                .with(LAN, LAN + "  address: 192.168.50.2\n")
                .with(
                    "  asn: 65010 ",
                    "  neighbors: [{address: 192.168.50.4, asn: 65001}]\n  asn: 65010 ")
                .sentences())
        .containsExactly(
            "warning: bgp.neighbors: no connection has routing bgp, so Azure is not told what these"
                + " routers tell of: list it in the local network gateway, or set routing: bgp");
  }

  @Test
  void shouldAskRoutersForAnAddressOfThisBox() {
    assertThat(
            new ConfigFixture(folder)
                .with(
                    "  asn: 65010 ",
                    "  neighbors: [{address: 192.168.50.4, asn: 65001}]\n  asn: 65010 ")
                .sentences())
        .contains(
            "bgp.neighbors[0].address: needs this box's own address on the LAN: set lan.address");
  }

  @Test
  void shouldPrintAConfigurationForKeepalived() {
    AgentConfig config =
        read("""
          address: 192.168.50.2
        site-peer: {address: 192.168.50.3}
        vrrp: {virtual-address: 192.168.50.1, interface: eth1, router-id: 7}
        """)
            .config();

    assertThat(KeepalivedConf.of(config, config.site().vrrp()))
        .contains("  router_id branch-0017\n", "  vrrp_version 3\n")
        .contains("track_file twinspan_tunnels {\n  file \"/run/twinspan/vrrp\"\n")
        .endsWith(
            """
            vrrp_instance twinspan {
              state BACKUP
              interface eth1
              virtual_router_id 7
              priority 150
              advert_int 0.05
              unicast_src_ip 192.168.50.2
              unicast_peer {
                192.168.50.3
              }
              track_file {
                twinspan_tunnels
              }
              track_interface {
                twinspan0 weight -100
              }
              virtual_ipaddress {
                192.168.50.1 dev eth1
              }
            }
            """);
  }
}
