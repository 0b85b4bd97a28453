package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.config.ConnectionConfig.Mode;
import dev.twinspan.agent.config.ConnectionConfig.Routing;
import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.datapath.OffloadSwitches;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigReaderTest {
  @TempDir Path folder;
  ConfigFixture sample;

  @BeforeEach
  void sample() {
    sample = new ConfigFixture(folder);
  }

  @Test
  void shouldReadTheDocumentedSampleWithoutAWord() {
    ConfigResult result = sample.read();

    assertThat(result.problems()).isEmpty();
    AgentConfig config = result.config();
    assertThat(config).isNotNull();
    assertThat(config.device()).isEqualTo(new AgentConfig.Device("branch-0017", "lyon"));
    assertThat(config.tunnelDevice()).isEqualTo(AgentConfig.TunnelDevice.DEFAULT);
    assertThat(config.status().socket()).isEqualTo(Path.of("/run/twinspan/twinspan.sock"));
    assertThat(config.lan().prefixes())
        .extracting(Prefix::toString)
        .containsExactly("192.168.50.0/24");
    ConnectionConfig hub = config.connections().getFirst();
    assertThat(hub.mode()).isEqualTo(Mode.ACTIVE_ACTIVE);
    assertThat(hub.routing()).isEqualTo(Routing.STATIC);
    assertThat(hub.role()).isEqualTo(IkePeer.Role.INITIATE_AND_RESPOND);
    assertThat(hub.policy()).isEqualTo(Policies.AZURE_STRONG);
    assertThat(hub.dpdTimeout()).isEqualTo(Duration.ofSeconds(45));
    assertThat(ConfigFixture.psk(hub).bytes()).asString().isEqualTo("Correct+Horse+Battery");
    assertThat(hub.instances().get(1).address()).isEqualTo(InetAddress.ofLiteral("203.0.113.11"));
    assertThat(hub.tunnel(hub.instances().get(1))).isEqualTo("hub-weu/in1");
  }

  @Test
  void shouldTakeEverySettingTheSampleShowsAsAComment() {
    String text =
        sampleText()
            .replaceAll("(?m)^(\\s*)# (tunnel-device:|crypto:|status:)$", "$1$2")
            .replaceAll(
                "(?m)^#(  "
                    + " (name|mtu|mss|cores|crypto-threads|nice|busy-poll|offloads|esp-backend|socket):"
                    + " )",
                "$1")
            .replaceAll(
                "(?m)^    #"
                    + " ((connection-mode|dpd-timeout|force-encapsulation|ike-fragment-size|preference|route-metric|local-id|asn|prepend):"
                    + " )",
                "    $1")
            .replaceAll(
                "(?m)^        # ((remote-id|local-address|local-bgp-address|uplink): )",
                "        $1")
            .replaceAll("(?m)^  # (public-address: )", "  $1")
            .replaceAll(
                "(?m)^  #"
                    + " ((router-address-ipv6|hold-time|max-prefixes|limit-action|dial|accept-default|announce-default|announce-vnet-prefixes):"
                    + " )",
                "  $1");

    assertThat(text)
        .doesNotContainPattern(
            "(?m)^ *# *(mtu|socket|dpd-timeout|remote-id|public-address|hold-time|prepend):");
    assertThat(sample.text(text).problems()).isEmpty();
  }

  @Test
  void shouldSwitchOffEachOffloadByItself() {
    sample.with(
        "  site: lyon",
        "  site: lyon\ntunnel-device:\n  offloads: {tso: false, udp-segment: false}");

    AgentConfig config = sample.read().config();

    assertThat(config).isNotNull();
    assertThat(config.tunnelDevice().offloads())
        .isEqualTo(new OffloadSwitches(true, false, true, true, false, true));
  }

  @Test
  void shouldTakeTheNumberOfCoresOrChooseIt() {
    assertThat(sample.read().config().loops(2, 0)).isEqualTo(1);
    assertThat(sample.read().config().loops(4, 0)).isEqualTo(2);
    assertThat(sample.read().config().loops(64, 0)).as("its tunnels").isEqualTo(2);
    assertThat(sample.read().config().loops(4, 1)).as("its board").isEqualTo(1);
    assertThat(sample.read().config().loops(2, 2)).isEqualTo(2);
    assertThat(sample.read().config().loops(1, 4)).as("as many as there are").isEqualTo(1);
    assertThat(sample.read().config().loops(4, 4)).isEqualTo(2);

    sample.with("  site: lyon", "  site: lyon\ntunnel-device: {cores: 3}");

    assertThat(sample.read().config().loops(2, 1)).isEqualTo(3);
  }

  @Test
  void shouldShareTheAesWhereTheProcessorIsSlowAtIt() {
    AgentConfig chosen = sample.read().config();
    assertThat(chosen.cryptoThreads(4, true)).isZero();
    assertThat(chosen.cryptoThreads(4, false)).isEqualTo(3);
    assertThat(chosen.cryptoThreads(2, false)).isEqualTo(1);
    assertThat(chosen.cryptoThreads(1, false)).isZero();
    assertThat(chosen.cryptoThreads(64, false)).isEqualTo(3);

    sample.with("  site: lyon", "  site: lyon\ntunnel-device: {crypto-threads: 5}");
    assertThat(sample.read().config().cryptoThreads(2, true)).isEqualTo(5);

    sample.with("crypto-threads: 5", "crypto-threads: 0");
    assertThat(sample.read().config().cryptoThreads(4, false)).isZero();

    sample.with("crypto-threads: 0", "crypto-threads: auto");
    assertThat(sample.read().config()).isEqualTo(chosen);
  }

  @Test
  void shouldSayWhatCryptoThreadsMayBe() {
    sample.with("  site: lyon", "  site: lyon\ntunnel-device: {crypto-threads: many}");
    assertThat(sample.read().problems().toString())
        .contains("tunnel-device.crypto-threads", "many", "auto, or 0 to 64");
  }

  @Test
  void shouldSwitchOffAllOffloadsWithOneWord() {
    sample.with("  site: lyon", "  site: lyon\ntunnel-device: {offloads: false}");

    AgentConfig config = sample.read().config();

    assertThat(config).isNotNull();
    assertThat(config.tunnelDevice().offloads()).isEqualTo(OffloadSwitches.NONE);
  }

  @Test
  void shouldNameTheNearestOffload() {
    sample.with("  site: lyon", "  site: lyon\ntunnel-device: {offloads: {udp-segments: false}}");

    assertThat(sample.sentences())
        .containsExactly(
            "tunnel-device.offloads.udp-segments: unknown key, did you mean udp-segment?");
  }

  private String sampleText() {
    try {
      return Files.readString(sample.write());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldNameTheNearestKeyForAnUnknownOne() {
    sample.with("        bgp-address: 10.10.255.5", "        bgp-adress: 10.10.255.5");

    assertThat(sample.problems())
        .containsExactly(
            sample.at("bgp-adress")
                + "connections[0].instances[1].bgp-adress: unknown key, did you mean bgp-address?");
  }

  @Test
  void shouldListTheKnownKeysWhenNoneIsNear() {
    sample.with("  site: lyon", "  colour: blue");

    assertThat(sample.problems())
        .containsExactly(sample.at("colour") + "device.colour: unknown key, known here: id, site");
  }

  @Test
  void shouldRefuseFragmentsSmallerThanAnyPath() {
    sample.with("    routing: static", "    routing: static\n    ike-fragment-size: 500");

    assertThat(sample.sentences())
        .containsExactly(
            "connections[0].ike-fragment-size: 500 is less than any path carries: expected 576 to"
                + " 9000, or 0 for no fragmentation");
  }

  @Test
  void shouldSuggestTheNetworkForAPrefixWithHostBits() {
    sample.with("- 10.10.0.0/16", "- 10.10.0.1/16");

    assertThat(sample.problems())
        .containsExactly(
            sample.at("10.10.0.1/16")
                + "connections[0].static-prefixes[0]: \"10.10.0.1/16\" has host bits set, did you"
                + " mean 10.10.0.0/16 or the single address 10.10.0.1/32?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "10.10.0.0 | \"10.10.0.0\" has no length, expected a prefix such as 10.10.0.0/32",
        "10.10/16 | \"10.10/16\" is not a prefix, expected one such as 10.10.0.0/16 or"
            + " 2001:db8::/48",
        "10.10.0.0/33 | \"10.10.0.0/33\" has the length 33, expected 0 to 32",
        "10.10.0.0/016 | \"10.10.0.0/016\" has the length 016, expected 0 to 32",
        "010.10.0.0/16 | \"010.10.0.0/16\" is not a prefix, expected one such as 10.10.0.0/16 or"
            + " 2001:db8::/48",
        "10.10.*.0/16 | \"10.10.*.0/16\" is not a prefix, expected one such as 10.10.0.0/16 or"
            + " 2001:db8::/48",
        "fe80::1%eth0/64 | \"fe80::1%eth0/64\" is not a prefix, expected one such as 10.10.0.0/16"
            + " or 2001:db8::/48",
        "vnet/16 | \"vnet/16\" is not a prefix, expected one such as 10.10.0.0/16 or 2001:db8::/48",
      })
  void shouldSayWhatIsWrongWithAPrefix(String prefix, String sentence) {
    sample.with("- 10.10.0.0/16", "- " + prefix);

    assertThat(sample.sentences())
        .containsExactly("connections[0].static-prefixes[0]: " + sentence);
  }

  @Test
  void shouldSayWhereTheSecretShouldBe() {
    sample.with("secrets/hub-weu.psk ", "secrets/nope.psk ");

    assertThat(sample.problems())
        .containsExactly(
            sample.at("secrets/nope.psk")
                + "connections[0].psk.file: secret file "
                + folder.resolve("secrets/nope.psk")
                + " does not exist: put the connection's shared key there, mode 0600");
  }

  @Test
  void shouldRefuseReservedAsnsInAzuresWords() {
    sample.with("asn: 65010", "asn: 65515");

    assertThat(sample.problems())
        .containsExactly(
            sample.at("65515 ")
                + "bgp.asn: 65515 is an ASN reserved by Azure (private ASNs 65515, 65517, 65518,"
                + " 65519, 65520): take a private ASN, 64512 to 65514 or 65521 to 65534, or a"
                + " 32-bit one, and set the same in the local network gateway");
  }

  @Test
  void shouldRefuseBothInstancesWithOneAddress() {
    sample.with("address: 203.0.113.11\n", "address: 203.0.113.10\n");

    assertThat(sample.problems())
        .containsExactly(
            sample.at("203.0.113.10\n        bgp-address: 10.10.255.5")
                + "connections[0].instances[1].address: 203.0.113.10 is the address of"
                + " connections[0].instances[0] (in0) too: expected the public address of this"
                + " instance; each instance of an Azure gateway has its own");
  }

  @Test
  void shouldReportAllThatIsWrongAtOnce() {
    sample
        .with("  site: lyon", "  sight: lyon")
        .with("- 10.10.0.0/16", "- 10.10.0.1/16")
        .with("secrets/hub-weu.psk ", "secrets/nope.psk ")
        .with("asn: 65010", "asn: 8075")
        .with("address: 203.0.113.11\n", "address: 203.0.113.10\n");

    assertThat(sample.read().config()).isNull();
    assertThat(sample.problems())
        .extracting(line -> line.replaceFirst("^\\d+:\\d+: ([^:]+):.*", "$1"))
        .containsExactly(
            "device.sight",
            "bgp.asn",
            "connections[0].static-prefixes[0]",
            "connections[0].psk.file",
            "connections[0].instances[1].address");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "mode: active-active | mode: activ-active | connections[0].mode: \"activ-active\", expected"
            + " one of active-active, active-standby, single-tunnel (did you mean active-active?)",
        "# dpd-timeout: 45 | dpd-timeout: 8 | connections[0].dpd-timeout: 8, expected 9 to 3600",
        "# dpd-timeout: 45 | dpd-timeout: soon | connections[0].dpd-timeout: \"soon\", expected a"
            + " whole number",
        "id: branch-0017 | id: branch 17 | device.id: \"branch 17\", expected 1 to 64 letters,"
            + " digits, dots, underscores or hyphens",
        "id: branch-0017 | id: 17 | device.id: 17, expected a text (in quotes, if it looks like a"
            + " number)",
        "id: branch-0017 | site: x | device.site: is there twice",
        "  address: 198.51.100.7 | address: 198.51.100.300 | wan.address: \"198.51.100.300\" is not"
            + " an address, expected one such as 203.0.113.10 or 2001:db8::10",
        "  address: 198.51.100.7 | address: 198.51.100.7/24 | wan.address: \"198.51.100.7/24\" is"
            + " not an address, expected one such as 203.0.113.10 or 2001:db8::10 (without a"
            + " length)",
        "  address: 198.51.100.7 | public-address: 203.0.113.10 |"
            + " connections[0].instances[0].address: 203.0.113.10 is this box's own"
            + " (wan.public-address): expected the public address of the gateway's instance",
        "  address: 198.51.100.7 | address: 2001:db8::7 | connections[0].instances[0].address:"
            + " 203.0.113.10 cannot be reached from 2001:db8::7 (wan.address): expected both IPv4"
            + " or both IPv6",
        "router-address: 10.255.0.17 | router-address: 198.51.100.7 | bgp.router-address:"
            + " 198.51.100.7 is wan.address too; Azure's BGP peer address must not be the device's"
            + " public address: take a loopback address of this box",
        "asn: 65010 | asn: 64500 | bgp.asn: 64500 is an ASN reserved by IANA (23456, 64496 to"
            + " 64511, 65535 to 65551, 4294967295): take a private ASN, 64512 to 65514 or 65521 to"
            + " 65534, or a 32-bit one, and set the same in the local network gateway",
        "asn: 65010 | asn: 0 | bgp.asn: 0, expected 1 to 4294967294",
        "- 10.10.0.0/16 | - 203.0.113.0/24 | connections[0].instances[0].address: 203.0.113.10 lies"
            + " inside 203.0.113.0/24 (connections[0].static-prefixes[0]), so the tunnel's own"
            + " packets would be routed into the tunnel itself: take it out of that prefix",
        "- 192.168.50.0/24 | - 203.0.0.0/16 | connections[0].instances[0].address: 203.0.113.10"
            + " lies inside 203.0.0.0/16 (lan.prefixes[0]), so the tunnel's own packets would be"
            + " routed into the LAN: take it out of that prefix",
        "- 192.168.50.0/24 | - 10.10.0.0/16 | connections[0].static-prefixes[0]: 10.10.0.0/16 is in"
            + " lan.prefixes[0] too: a prefix lies behind this box or behind its connections",
        "bgp-address: 10.10.255.5 | bgp-address: 10.10.255.4 |"
            + " connections[0].instances[1].bgp-address: 10.10.255.4 is the BGP address of"
            + " connections[0].instances[0] too: each instance of an Azure gateway has its own",
        "bgp-address: 10.10.255.5 | bgp-address: 169.254.23.1 |"
            + " connections[0].instances[1].bgp-address: 169.254.23.1 is an APIPA address outside"
            + " Azure's range: expected 169.254.21.0 to 169.254.22.255",
        "bgp-address: 10.10.255.5 | bgp-address: 192.168.50.9 |"
            + " connections[0].instances[1].bgp-address: 192.168.50.9 lies inside 192.168.50.0/24"
            + " (lan.prefixes[0]), so it would be looked for on the LAN: expected an address of the"
            + " gateway's subnet",
        "name: in1 | name: in0 | connections[0].instances[1].name: \"in0\" is the name of"
            + " connections[0].instances[0] too: names must differ",
        "routing: static | routing: bgp | connections[0].static-prefixes: not used with routing"
            + " bgp: set routing static, or take the prefixes out",
        "mode: active-active | mode: single-tunnel | connections[0].instances: 2 instances with"
            + " mode single-tunnel: set mode active-active, or leave one instance",
        "policy: azure-strong | policy: azure-weak | connections[0].policy: \"azure-weak\","
            + " expected one of azure-strong, azure-default",
      })
  void shouldSayWhatWasSeenWhatWasExpectedAndWhatToChange(
      String piece, String instead, String line) {
    sample.with(piece, piece.startsWith("  ") ? "  " + instead : instead);

    assertThat(sample.sentences()).anySatisfy(found -> assertThat(found).startsWith(line));
  }

  private static final String SECOND =
      """
        - name: hub-neu
          mode: single-tunnel
          routing: static
          static-prefixes: [10.10.0.0/16]
          preference: 50
          route-metric: 200
          psk: {file: secrets/hub-weu.psk}
          instances: [{name: in0, address: 203.0.113.20, local-address: 192.0.2.7%s}]
      """;

  private static final String WITHOUT_PEER = "        # local-address: 198.51.100.7 #";

  @Test
  void shouldLetSeveralConnectionsHaveAPrefix() {
    ConfigResult result = sample.text(sampleText() + SECOND.formatted(", uplink: wan1")).read();

    assertThat(result.config()).as("%s", result.problems()).isNotNull();
    ConnectionConfig second = result.config().connections().get(1);
    assertThat(second.preference()).isEqualTo(50);
    assertThat(second.routeMetric()).isEqualTo(200);
    assertThat(second.instances().getFirst().uplink()).isEqualTo("wan1");
    assertThat(result.config().connections().getFirst().preference()).isEqualTo(100);
  }

  @Test
  void shouldDemandTheAddressOfAnUplink() {
    sample.with(WITHOUT_PEER, "        uplink: wan1\n" + WITHOUT_PEER);

    assertThat(sample.sentences())
        .containsExactly(
            "connections[0].instances[1].uplink: wan1 needs local-address beside it: set it to the"
                + " address of that interface");
  }

  @Test
  void shouldNotBindOneAddressToTwoUplinks() {
    String text = sampleText() + SECOND.formatted(", uplink: wan1");
    sample.text(
        text.replace(
            WITHOUT_PEER,
            "        uplink: wan0\n        local-address: 192.0.2.7\n" + WITHOUT_PEER));

    assertThat(sample.sentences())
        .anySatisfy(
            found ->
                assertThat(found)
                    .contains("wan0 has the local-address of connections[1].instances[0]"));
  }

  @Test
  void shouldDemandPrefixesOfAStaticConnection() {
    sample
        .with("      - 10.10.0.0/16\n", "")
        .with("    static-prefixes:             # what", "    # ");

    assertThat(sample.problems())
        .containsExactly(
            sample.at("static   ")
                + "connections[0].routing: static needs static-prefixes: list what lies behind the"
                + " gateway, e.g. the VNet's address space");
  }

  @Test
  void shouldDemandToBeToldWhatThisBoxCallsItself() {
    sample.with("  address: 198.51.100.7 ", "  # ").with("wan:\n", "# wan:\n");

    assertThat(sample.problems())
        .containsExactly(
            sample.at("name: hub-weu")
                + "connections[0].local-id: what this box calls itself is not known: set"
                + " wan.public-address to the address in the local network gateway (or wan.address,"
                + " or local-id)");
  }

  @Test
  void shouldTellWhatIsMissing() {
    assertThat(sample.text("device: {id: a}\n").problems())
        .containsExactly(
            "1:1: lan is missing, add it: The side that faces the branch",
            "1:1: connections is missing, add it: One entry per Azure gateway");
  }

  @Test
  void shouldWarnOfOneTunnelOnlyAndStillAccept() {
    sample
        .with(
            "      - name: in1\n        address: 203.0.113.11\n        bgp-address: 10.10.255.5\n",
            "")
        .with("mode: active-active", "mode: single-tunnel");

    assertThat(sample.read().config()).isNotNull();
    assertThat(sample.problems())
        .containsExactly(
            sample.at("- name: in0")
                + "warning: connections[0].instances: one tunnel only: maintenance or failure of"
                + " that instance is an outage; with an active-active gateway, add its second"
                + " instance and set mode active-active");
  }

  @Test
  void shouldWarnOfTwoTunnelsToOneInstance() {
    sample.with(
        "        address: 203.0.113.11\n        bgp-address: 10.10.255.5\n",
        "        address: 203.0.113.10\n        local-address: 192.0.2.7\n");

    assertThat(sample.read().config()).isNotNull();
    assertThat(sample.problems())
        .containsExactly(
            sample.at("- name: in0")
                + "warning: connections[0].instances: all 2 tunnels end on one instance of the"
                + " gateway and would go down together during its maintenance: give one of them"
                + " the address of the other instance");
  }

  @Test
  void shouldWarnOfModp1024() {
    sample.with("policy: azure-strong ", "policy: azure-default ");

    assertThat(sample.read().config()).isNotNull();
    assertThat(sample.problems())
        .containsExactly(
            sample.at("azure-default ")
                + "warning: connections[0].policy: uses DHGroup2 (MODP1024), which is too weak by"
                + " today's measure: set a custom policy on the connection in Azure and policy"
                + " azure-strong here");
  }

  @Test
  void shouldDemandSelectorsThatCoverThePrefixes() {
    sample.with(
        "    # traffic-selectors:         # only for policy-based connections\n",
        "    traffic-selectors: [{local: 192.168.50.0/24, remote: 10.11.0.0/16}]\n");

    assertThat(sample.problems())
        .containsExactly(
            sample.at("10.10.0.0/16")
                + "connections[0].static-prefixes[0]: 10.10.0.0/16 is in no"
                + " traffic-selectors[].remote, so its packets would be dropped: add it there");
  }

  @Test
  void shouldNeverPrintEscapeSequencesOfTheFile() {
    List<String> problems = sample.text("\"a\\e[31m\\nb\": 1\n").problems();

    assertThat(problems).anySatisfy(line -> assertThat(line).contains("a?[31m?b: unknown key"));
    assertThat(String.join("", problems)).doesNotContain("\u001b", "\n");
  }

  @Test
  void shouldSayThatAFileIsNotThere() {
    ConfigResult result = ConfigReader.read(Path.of("nowhere.yaml"));

    assertThat(result.hasErrors()).isTrue();
    assertThat(result.problems())
        .extracting(Problem::toString)
        .containsExactly("nowhere.yaml: does not exist: name an existing configuration file");
  }
}
