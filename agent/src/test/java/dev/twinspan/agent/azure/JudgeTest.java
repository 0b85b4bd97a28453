package dev.twinspan.agent.azure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.azure.Finding.Severity;
import dev.twinspan.agent.azure.ImportResult.Outcome;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One setting of Azure's at a time is not as it should be. */
class JudgeTest {
  private static final String GATEWAY = "az-gateway.json";
  private static final String CONNECTION = "az-connection.json";
  private static final String LOCAL = "az-local-gateway.json";

  @TempDir private Path folder;

  static Stream<Arguments> refusals() {
    return Stream.of(
        Arguments.of("ikev1", CONNECTION, "IKEv2", "IKEv1"),
        Arguments.of("policy-based-gateway", GATEWAY, "RouteBased", "PolicyBased"),
        Arguments.of("reserved-asn", LOCAL, "65010", "65517"),
        Arguments.of("same-asn", GATEWAY, "\"asn\": 65515", "\"asn\": 65010"),
        Arguments.of("peer-is-public", LOCAL, "10.255.0.17", "203.0.113.10"),
        Arguments.of("no-bgp-peer", LOCAL, "\"bgpSettings\"", "\"bgpSettingsWere\""),
        Arguments.of("no-bgp-address", GATEWAY, "defaultBgpIpAddresses", "none"),
        Arguments.of("no-bgp-address", LOCAL, "10.255.0.17", "169.254.21.9"),
        Arguments.of("no-instance", GATEWAY, "tunnelIpAddresses", "none"),
        Arguments.of("no-lan", LOCAL, "\"192.168.50.0/24\"", ""),
        Arguments.of("no-public-address", LOCAL, "gatewayIpAddress", "none"),
        Arguments.of("bad-key", CONNECTION, "Sup3r+S3cret", "Sup3r~S3cret"),
        Arguments.of(
            "certificate",
            CONNECTION,
            "\"routingWeight\"",
            "\"authenticationType\": \"Certificate\", \"w\""),
        Arguments.of(
            "no-selectors",
            CONNECTION,
            "usePolicyBasedTrafficSelectors\": false",
            "usePolicyBasedTrafficSelectors\": true"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void shouldRefuseAndNameTheSettingToChange(
      String code, String file, String piece, String instead) {
    Fixtures files = Fixtures.of(GATEWAY, CONNECTION, LOCAL).with(file, piece, instead);
    if (instead.startsWith("169.254")) {
      files.with(GATEWAY, "customBgpIpAddresses", "none");
    }

    ImportResult result = files.into(folder, ImportOptions.NONE);

    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(Fixtures.codes(result, Severity.REFUSED)).as(result.text()).contains(code);
    assertThat(result.findings())
        .filteredOn(finding -> finding.severity() == Severity.REFUSED)
        .allSatisfy(finding -> assertThat(finding.fix()).isNotEmpty());
    assertThat(folder).isEmptyDirectory();
  }

  static Stream<Arguments> warnings() {
    return Stream.of(
        Arguments.of("basic-sku", GATEWAY, "VpnGw2AZ", "Basic"),
        Arguments.of("default-policy", CONNECTION, "ipsecPolicies", "none"),
        Arguments.of("azure-dials", CONNECTION, "\"Default\"", "\"InitiatorOnly\""),
        Arguments.of(
            "forced-tunnelling",
            LOCAL,
            "\"192.168.50.0/24\"",
            "\"192.168.50.0/24\", \"0.0.0.0/0\""),
        Arguments.of(
            "public-address-inside",
            LOCAL,
            "\"192.168.50.0/24\"",
            "\"192.168.50.0/24\", \"203.0.113.0/24\""),
        Arguments.of(
            "host-name",
            LOCAL,
            "\"gatewayIpAddress\": \"203.0.113.10\"",
            "\"fqdn\": \"lyon.example.org\""),
        Arguments.of("apipa-mixed", LOCAL, "10.255.0.17", "169.254.21.9"),
        Arguments.of(
            "policy-based",
            CONNECTION,
            "\"trafficSelectorPolicies\": []",
            "\"trafficSelectorPolicies\": [{\"localAddressRanges\": [\"10.10.0.0/16\"],"
                + " \"remoteAddressRanges\": [\"192.168.50.0/24\"]}]"),
        Arguments.of(
            "nat-rules",
            CONNECTION,
            "\"routingWeight\"",
            "\"ingressNatRules\": [{\"id\": \"x\"}], \"w\""));
  }

  @ParameterizedTest
  @MethodSource("warnings")
  void shouldWarnAndNameTheSettingToChange(String code, String file, String piece, String instead) {
    Fixtures files = Fixtures.of(GATEWAY, CONNECTION, LOCAL).with(file, piece, instead);
    if (code.equals("apipa-mixed")) {
      files.with(
          CONNECTION,
          "\"gatewayCustomBgpIpAddresses\": []",
          "\"gatewayCustomBgpIpAddresses\": [{\"ipConfigurationId\": \"x/vnetGatewayConfig0\","
              + " \"customBgpIpAddress\": \"10.10.255.4\"}]");
    }

    ImportResult result = files.into(folder, ImportOptions.NONE);

    assertThat(Fixtures.codes(result, Severity.WARNING)).as(result.text()).contains(code);
    assertThat(result.findings())
        .filteredOn(finding -> finding.code().equals(code))
        .allSatisfy(finding -> assertThat(finding.fix()).isNotEmpty());
  }

  @Test
  void shouldWarnOfPrefixesThatOverlap() {
    ImportResult result =
        Fixtures.of(GATEWAY, CONNECTION, LOCAL, "az-vnet.json")
            .with(LOCAL, "192.168.50.0/24", "10.10.128.0/24")
            .into(folder, ImportOptions.NONE);

    assertThat(Fixtures.codes(result, Severity.WARNING)).containsExactly("prefix-overlap");
  }

  @Test
  void shouldLeaveOutTheHostRouteOfOlderInstructions() {
    ImportResult result =
        Fixtures.of(GATEWAY, CONNECTION, LOCAL)
            .with(LOCAL, "\"192.168.50.0/24\"", "\"192.168.50.0/24\", \"10.255.0.17/32\"")
            .into(folder, ImportOptions.NONE);

    assertThat(Fixtures.codes(result, Severity.NOTE)).containsExactly("host-route");
    assertThat(Fixtures.config(folder).lan().prefixes())
        .containsExactly(Fixtures.prefix("192.168.50.0/24"));
    assertThat(result.text())
        .contains("# + what Azure knows of this box\naz network local-gateway update");
  }

  @Test
  void shouldRepeatWhatTheCheckSaysOfABrokenPolicy() {
    ImportResult result =
        Fixtures.of(GATEWAY, CONNECTION, LOCAL)
            .with(CONNECTION, "\"ipsecEncryption\": \"GCMAES256\"", "\"ipsecEncryption\": \"DES3\"")
            .with(CONNECTION, "\"ipsecIntegrity\": \"GCMAES256\"", "\"ipsecIntegrity\": \"SHA1\"")
            .into(folder, ImportOptions.NONE);

    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.text()).contains("DES3 is broken and never used here");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void shouldBindNamesInCommandsAsOneWord() {
    ImportResult result =
        Fixtures.of(GATEWAY, CONNECTION, LOCAL)
            .with(LOCAL, "\"name\": \"lyon\"", "\"name\": \"lyon; rm -rf $(x)\"")
            .with(CONNECTION, "localNetworkGateways/lyon", "localNetworkGateways/lyon; rm -rf $(x)")
            .into(folder, ImportOptions.NONE);

    assertThat(result.commands().getFirst())
        .extracting(AzCommand::line)
        .anyMatch(line -> line.contains(" -n \"$LOCAL_GATEWAY\" "))
        .noneMatch(line -> line.contains("rm -rf"));
  }
}
