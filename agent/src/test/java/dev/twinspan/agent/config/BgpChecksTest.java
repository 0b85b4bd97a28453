package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.BgpPeer.Dial;
import dev.twinspan.agent.bgp.message.Nlri;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BgpChecksTest {
  @TempDir Path folder;
  private ConfigFixture sample;

  @BeforeEach
  void speakBgp() {
    sample = new ConfigFixture(folder);
    sample
        .with("    routing: static ", "    routing: bgp ")
        .with("      - 10.10.0.0/16\n    psk", "    psk")
        .with("    static-prefixes:             # what", "    # ");
  }

  @Test
  void shouldSpeakToBothInstancesFromOneAddress() {
    sample.with("    # prepend: 0 ", "    prepend: 2 ");
    ConfigResult result = sample.read();

    assertThat(result.problems()).isEmpty();
    AgentConfig config = result.config();
    assertThat(config).isNotNull();
    List<BgpPeer> peers = BgpPeers.of(config);
    assertThat(peers).extracting(BgpPeer::name).containsExactly("hub-weu/in0", "hub-weu/in1");
    BgpPeer second = peers.getLast();
    assertThat(second.local()).isEqualTo(InetAddress.ofLiteral("10.255.0.17"));
    assertThat(second.remote()).isEqualTo(InetAddress.ofLiteral("10.10.255.5"));
    assertThat(second.remoteAs()).isEqualTo(65515);
    assertThat(second.identifier()).isEqualTo(0x0aff0011);
    assertThat(second.holdTime()).isEqualTo(Duration.ofSeconds(180));
    assertThat(second.maxPrefixes()).isEqualTo(4000);
    assertThat(second.dial()).isEqualTo(Dial.BOTH);
    assertThat(second.prepend()).isEqualTo(2);
    assertThat(BgpPeers.exported(config, Map.of()).announced())
        .extracting(Nlri::toString)
        .containsExactly("192.168.50.0/24");
  }

  @Test
  void shouldWarnOfSelectorsThatDropWhatIsAnnounced() {
    sample.with(
        "    psk:",
        "    traffic-selectors: [{local: 192.168.50.0/24, remote: 10.10.0.0/16}]\n    psk:");
    assertThat(sample.read().problems())
        .anySatisfy(
            problem -> {
              assertThat(problem.path()).endsWith("traffic-selectors");
              assertThat(problem.sentence()).contains("routing bgp", "any-any");
            });
  }

  @Test
  void shouldDialApipaPeers() {
    sample
        .with("bgp-address: 10.10.255.4", "bgp-address: 169.254.21.1")
        .with("bgp-address: 10.10.255.5", "bgp-address: 169.254.22.255")
        .with("router-address: 10.255.0.17", "router-address: 169.254.21.6");

    assertThat(sample.sentences()).isEmpty();
    AgentConfig config = sample.read().config();
    assertThat(config).isNotNull();
    assertThat(BgpPeers.of(config)).extracting(BgpPeer::dial).containsOnly(Dial.ACTIVE);
  }

  @Test
  void shouldRefuseOneAsnOnBothSides() {
    sample.with("asn: 65010 ", "asn: 65521 ").with("    # asn: 65515 ", "    asn: 65521 ");

    assertThat(sample.sentences())
        .containsExactly(
            "bgp.asn: 65521 is the gateway's ASN too (connections[0].asn): Azure takes no peer of"
                + " its own ASN, give this box another one");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "bgp-address: 10.10.255.5 | bgp-address: 203.0.113.11 |"
            + " connections[0].instances[1].bgp-address: 203.0.113.11 is the instance's public"
            + " address: expected its BGP peer address, inside the tunnel",
        "bgp-address: 10.10.255.5 | bgp-address: 10.255.0.17 |"
            + " connections[0].instances[1].bgp-address: 10.255.0.17 is this box's own"
            + " (bgp.router-address): expected the instance's BGP peer address",
        "bgp-address: 10.10.255.5 | bgp-address: fd00::5 | connections[0].instances[1].bgp-address:"
            + " fd00::5 cannot be spoken to from 10.255.0.17 (bgp.router-address): expected both"
            + " IPv4 or both IPv6",
        "bgp-address: 10.10.255.5 | bgp-address: 169.254.21.5 |"
            + " connections[0].instances[1].bgp-address: 169.254.21.5 and 10.255.0.17"
            + " (bgp.router-address): Azure uses its APIPA address when the local network gateway's"
            + " BGP peer is an APIPA address too, and only then; expected both of 169.254.0.0/16 or"
            + " neither",
        "# local-bgp-address: 169.254.21.6 | local-bgp-address: 198.51.100.7 |"
            + " connections[0].instances[1].local-bgp-address: 198.51.100.7 is wan.address too;"
            + " Azure's BGP peer address must not be the device's public address: take a loopback"
            + " address of this box",
        "# hold-time: 180 | hold-time: 2 | bgp.hold-time: 2 s is no hold time of BGP: expected 0"
            + " (never) or 3 to 65535 (RFC 4271 section 4.2)",
        "# hold-time: 180 | hold-time: 30 | warning: bgp.hold-time: Azure's timers are fixed at 60"
            + " and 180 s and it does not negotiate: leave it at 180; tunnels that fail are found"
            + " without it",
        "# max-prefixes: 4000 | max-prefixes: 0 | bgp.max-prefixes: 0, expected 1 to 100000",
        "# limit-action: drop | limit-action: dorp | bgp.limit-action: `dorp`, expected one of"
            + " drop, warn (did you mean drop?)",
        "  router-address: 10.255.0.17 |   # | connections[0].instances[0]: has no address to speak"
            + " BGP from: set bgp.router-address to the BGP peer IP address of the local network"
            + " gateway (or local-bgp-address here)",
        "    - 192.168.50.0/24 |     - 0.0.0.0/0 | warning: lan.prefixes[0]: 0.0.0.0/0 is not"
            + " announced: it would draw all traffic of the VNet here (forced tunnelling); set"
            + " bgp.announce-default if that is meant",
      })
  void shouldSayWhatWasSeenWhatWasExpectedAndWhatToChange(
      String piece, String instead, String line) {
    sample.with(piece, instead);

    assertThat(sample.sentences())
        .anySatisfy(found -> assertThat(found).startsWith(line.replace('`', '"')));
  }

  @Test
  void shouldWarnOfPrefixesThatAzureFilters() {
    sample.with(
        "    # vnet-prefixes:             # … and the VNet's address space, so that it is not"
            + " announced back\n"
            + "    #   - 10.10.0.0/16\n",
        "    vnet-prefixes: [192.168.50.0/24]\n");

    assertThat(sample.sentences())
        .containsExactly(
            "warning: lan.prefixes[0]: 192.168.50.0/24 is not announced: it equals a prefix of the"
                + " VNet, which Azure filters; take a larger or a smaller one, or set"
                + " bgp.announce-vnet-prefixes");
  }
}
