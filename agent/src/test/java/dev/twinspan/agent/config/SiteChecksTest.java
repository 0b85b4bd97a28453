package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteChecksTest {
  private static final String LAN = "    - 192.168.50.0/24\n";

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

    assertThat(result.problems()).isEmpty();
    SiteConfig site = result.config().site();
    assertThat(site.lanAddress().getHostAddress()).isEqualTo("192.168.50.2");
    assertThat(site.sibling().getHostAddress()).isEqualTo("192.168.50.3");
    assertThat(site.vrrp().priority()).isEqualTo(160);
    assertThat(site.vrrp().routerId()).isEqualTo(51);
    assertThat(site.vrrp().interval()).isEqualTo(Duration.ofMillis(100));
    assertThat(site.vrrp().stateFile()).isEqualTo(Path.of("/run/twinspan/vrrp"));
  }

  @Test
  void shouldStandAloneWithoutThem() {
    assertThat(read("").config().site()).isEqualTo(SiteConfig.ALONE);
  }

  @Test
  void shouldAskForTheOwnAddressOnTheLan() {
    assertThat(problems("site-peer: {address: 192.168.50.3}\n"))
        .containsExactly(
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
        .containsExactly(
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
              advert_int 0.10
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
