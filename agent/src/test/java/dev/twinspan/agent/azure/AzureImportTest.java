package dev.twinspan.agent.azure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.azure.ImportResult.Outcome;
import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.config.ConnectionConfig.Mode;
import dev.twinspan.agent.config.ConnectionConfig.Routing;
import dev.twinspan.agent.ike.IkePeer;
import dev.twinspan.agent.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every shape that Azure hands out, and every way it is found malformed, to a configuration. */
class AzureImportTest {
  private static final ImportOptions LAN = Fixtures.lan("192.168.50.0/24");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "download-array.json",
        "download-single-object.json",
        "download-trailing-commas.json",
        "download-byte-order-mark.json",
        "download-utf-16.json",
        "download-comments.json",
        "download-unknown-keys.json"
      })
  void shouldReadADownloadHoweverItIsWritten(String name) throws Exception {
    ImportResult result = Fixtures.of(name).into(folder, LAN);

    assertThat(result.outcome()).as(result.text()).isEqualTo(Outcome.WRITTEN);
    AgentConfig config = Fixtures.config(folder);
    assertThat(config.device()).isEqualTo(new AgentConfig.Device("lyon", "lyon"));
    assertThat(Fixtures.text(config.wan().publicAddress())).isEqualTo("203.0.113.10");
    ConnectionConfig hub = config.connections().getFirst();
    assertThat(hub.name()).isEqualTo("hub-west-europe");
    assertThat(hub.mode()).isEqualTo(Mode.ACTIVE_ACTIVE);
    assertThat(hub.routing()).isEqualTo(Routing.BGP);
    assertThat(hub.policy().name()).isEqualTo("azure-default");
    assertThat(tunnels(config))
        .containsExactly(
            "hub-west-europe/in0 198.51.100.1 bgp 192.168.0.12",
            "hub-west-europe/in1 198.51.100.2 bgp 192.168.0.13");
    assertThat(secret("hub-west-europe")).isEqualTo("Sup3r+S3cretWestEurope");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "download-concatenated.json",
        "download-concatenated-with-commas.json",
        "download-several-hubs.json"
      })
  void shouldReadTwoHubsOfOneSite(String name) throws Exception {
    ImportResult result = Fixtures.of(name).into(folder, LAN);

    assertThat(result.outcome()).as(result.text()).isEqualTo(Outcome.WRITTEN);
    assertThat(tunnels(Fixtures.config(folder)))
        .containsExactly(
            "hub-west-europe/in0 198.51.100.1 bgp 192.168.0.12",
            "hub-west-europe/in1 198.51.100.2 bgp 192.168.0.13",
            "hub-north-europe/in0 198.51.100.5 bgp 192.168.4.12",
            "hub-north-europe/in1 198.51.100.6 bgp 192.168.4.13");
    assertThat(secret("hub-north-europe")).isEqualTo("Sup3r+S3cretNorthEurope");
  }

  /** A BGP session must ride the tunnel of its own instance. */
  @Test
  void shouldPairInstancesByKeyAndNotByOrder() {
    Fixtures.of("download-swapped-instances.json").into(folder, LAN);

    assertThat(tunnels(Fixtures.config(folder)))
        .containsExactly(
            "hub-west-europe/in0 198.51.100.1 bgp 192.168.0.13",
            "hub-west-europe/in1 198.51.100.2 bgp 192.168.0.12");
  }

  @Test
  void shouldRouteStaticallyWithoutBgp() {
    Fixtures.of("download-no-bgp.json").into(folder, LAN);

    ConnectionConfig hub = Fixtures.config(folder).connections().getFirst();
    assertThat(hub.routing()).isEqualTo(Routing.STATIC);
    assertThat(hub.staticPrefixes())
        .extracting(Object::toString)
        .containsExactly("192.168.0.0/24", "10.2.0.0/16", "10.3.0.0/16");
  }

  @Test
  void shouldTakePrivateAddressesOverExpressRoute() {
    ImportResult result = Fixtures.of("download-private-addresses.json").into(folder, LAN);

    AgentConfig config = Fixtures.config(folder);
    assertThat(tunnels(config))
        .containsExactly(
            "hub-west-europe/in0 192.168.1.4 bgp none", "hub-west-europe/in1 192.168.1.5 bgp none");
    assertThat(config.connections().getFirst().staticPrefixes())
        .extracting(Object::toString)
        .containsExactly("10.2.0.0/16", "10.3.0.0/16");
    assertThat(Fixtures.codes(result, Finding.Severity.NOTE))
        .containsExactly("gateway-inside", "private-address");
  }

  @Test
  void shouldPeerWithApipaAddressesWhereThisBoxHasOne() {
    Fixtures.of("download-apipa.json").into(folder, LAN);

    assertThat(tunnels(Fixtures.config(folder)))
        .containsExactly(
            "hub-west-europe/in0 198.51.100.1 bgp 169.254.21.1",
            "hub-west-europe/in1 198.51.100.2 bgp 169.254.21.2");
  }

  @Test
  void shouldTakeOneOfTwoLinksToTheSameHub() {
    ImportResult result = Fixtures.of("download-several-links.json").into(folder, LAN);

    assertThat(result.outcome()).as(result.text()).isEqualTo(Outcome.WRITTEN);
    assertThat(Fixtures.codes(result, Finding.Severity.WARNING)).contains("link-left-out");
    assertThat(Fixtures.config(folder).connections()).hasSize(1);
  }

  @Test
  void shouldAskWhichSiteOfAWholeWan() {
    Fixtures wan = Fixtures.of("download-several-sites.json");

    ImportResult all = wan.into(folder, LAN);
    assertThat(all.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(all.findings()).singleElement().extracting(Finding::code).isEqualTo("several-boxes");

    wan.into(folder, only("paris"));
    assertThat(Fixtures.config(folder).device().id()).isEqualTo("paris");
    assertThat(wan.into(folder, only("rome")).text()).contains("there are: ", "lyon", "paris");
  }

  @ParameterizedTest
  @ValueSource(strings = {"az-list.json", "rest-wrapped.json"})
  void shouldReadAGatewayHoweverItIsWrapped(String name) throws Exception {
    ImportResult result = Fixtures.of(name).into(folder, ImportOptions.NONE);

    assertThat(result.outcome()).as(result.text()).isEqualTo(Outcome.WRITTEN);
    activeActive(Fixtures.config(folder));
  }

  @Test
  void shouldTellTheOtherEndOfBgp() {
    Fixtures.of("az-list.json")
        .with("az-list.json", "\"asn\": 65515", "\"asn\": 64600")
        .into(folder, ImportOptions.NONE);

    ConnectionConfig connection = Fixtures.config(folder).connections().getFirst();
    assertThat(connection.gateway().asn()).isEqualTo(64600);
    assertThat(connection.gateway().vnetPrefixes())
        .extracting(Object::toString)
        .containsExactly("10.10.0.0/16", "10.20.0.0/16");
  }

  @Test
  void shouldReadGatewayConnectionAndLocalGatewayInAnyOrder() throws Exception {
    ImportResult result =
        Fixtures.of("az-local-gateway.json", "az-connection.json", "az-gateway.json")
            .into(folder, ImportOptions.NONE);

    assertThat(result.outcome()).as(result.text()).isEqualTo(Outcome.WRITTEN);
    assertThat(Fixtures.codes(result, Finding.Severity.WARNING)).isEmpty();
    activeActive(Fixtures.config(folder));
  }

  private void activeActive(AgentConfig config) throws Exception {
    assertThat(config.lan().prefixes())
        .extracting(Object::toString)
        .containsExactly("192.168.50.0/24");
    ConnectionConfig connection = config.connections().getFirst();
    assertThat(connection.policy().name()).isEqualTo("azure-strong");
    assertThat(connection.mode()).isEqualTo(Mode.ACTIVE_ACTIVE);
    assertThat(tunnels(config))
        .containsExactly(
            "to-lyon/in0 198.51.100.10 bgp 10.10.255.4",
            "to-lyon/in1 198.51.100.11 bgp 10.10.255.5");
    assertThat(secret("to-lyon")).isEqualTo("Sup3r+S3cretGateway");
  }

  @Test
  void shouldReadAnActiveStandbyGatewayWithStaticRoutes() {
    ImportResult result =
        Fixtures.of(
                "az-gateway-active-standby.json",
                "az-connection-static.json",
                "az-local-gateway.json",
                "az-vnet.json")
            .into(folder, ImportOptions.NONE);

    ConnectionConfig connection = Fixtures.config(folder).connections().getFirst();
    assertThat(connection.mode()).isEqualTo(Mode.ACTIVE_STANDBY);
    assertThat(connection.dpdTimeout()).isEqualTo(Duration.ofSeconds(20));
    assertThat(connection.staticPrefixes())
        .extracting(Object::toString)
        .containsExactly("10.10.0.0/16", "10.20.0.0/16");
    assertThat(Fixtures.codes(result, Finding.Severity.WARNING))
        .containsExactly("one-tunnel", "default-policy");
    assertThat(result.text()).contains("--public-ip-addresses \"$FIRST_IP\" \"$SECOND_IP\"");
  }

  @Test
  void shouldReadAnArmTemplateWithItsParameters() throws Exception {
    ImportResult result =
        Fixtures.of("arm-template.json", "arm-parameters.json").into(folder, ImportOptions.NONE);

    assertThat(result.outcome()).as(result.text()).isEqualTo(Outcome.WRITTEN);
    AgentConfig config = Fixtures.config(folder);
    assertThat(config.lan().prefixes())
        .extracting(Object::toString)
        .containsExactly("192.168.50.0/24", "192.168.51.0/24");
    ConnectionConfig connection = config.connections().getFirst();
    assertThat(connection.role()).isEqualTo(IkePeer.Role.INITIATE_ONLY);
    assertThat(connection.policy().childLifetime()).isEqualTo(Duration.ofHours(1));
    assertThat(tunnels(config))
        .containsExactly(
            "to-lyon/in0 198.51.100.10 bgp none", "to-lyon/in1 198.51.100.11 bgp none");
    assertThat(secret("to-lyon")).isEqualTo("Sup3r+S3cretTemplate");
  }

  @Test
  void shouldReadAHubGatewayAndItsSite() throws Exception {
    ImportResult result =
        Fixtures.of("hub-gateway.json", "hub-site.json").into(folder, ImportOptions.NONE);

    assertThat(result.outcome()).as(result.text()).isEqualTo(Outcome.WRITTEN);
    assertThat(tunnels(Fixtures.config(folder)))
        .containsExactly(
            "to-lyon/in0 198.51.100.1 bgp 192.168.0.12",
            "to-lyon/in1 198.51.100.2 bgp 192.168.0.13");
    assertThat(secret("to-lyon")).isEqualTo("Sup3r+S3cretHub");
  }

  @Test
  void shouldTakeTheKeyFromSharedKeyShow() throws Exception {
    String[] parts = {"az-gateway.json", "az-connection-without-key.json", "az-local-gateway.json"};

    ImportResult without = Fixtures.of(parts).into(folder, ImportOptions.NONE);
    assertThat(Fixtures.codes(without, Finding.Severity.REFUSED)).containsExactly("no-key");
    assertThat(folder).isEmptyDirectory();

    Fixtures.of(parts[0], parts[1], parts[2], "az-shared-key.json")
        .into(folder, ImportOptions.NONE);
    assertThat(secret("to-lyon")).isEqualTo("Sup3r+S3cretAsked");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bad-cut-short.json",
        "bad-empty.json",
        "bad-missing-quote.json",
        "bad-not-azure.json",
        "bad-page.html",
        "bad-unquoted-key.json",
        "bad-key-with-space.json",
        "bad-no-instances.json"
      })
  void shouldRefuseWhatIsNotRightAndWriteNothing(String name) {
    ImportResult result = Fixtures.of(name).into(folder, LAN);

    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(Fixtures.codes(result, Finding.Severity.REFUSED)).hasSize(1);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void shouldNeverTellAKey() throws Exception {
    for (String name : Fixtures.names()) {
      Path own = Files.createDirectory(folder.resolve(name));
      ImportResult result = Fixtures.of(name).into(own, LAN);
      Fixtures everything = Fixtures.of(name);
      Fixtures.names().forEach(other -> everything.files().put(other, Fixtures.read(other)));
      for (ImportResult one : List.of(result, everything.into(own, LAN))) {
        assertThat(one.text()).as(name).doesNotContain(Fixtures.SECRET);
        assertThat(Json.pretty(one.json())).as(name).doesNotContain(Fixtures.SECRET);
      }
      try (Stream<Path> written = Files.walk(own)) {
        for (Path file : written.filter(Files::isRegularFile).toList()) {
          if (file.getParent().endsWith("secrets")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
          } else {
            assertThat(file).content().doesNotContain(Fixtures.SECRET);
          }
        }
      }
    }
  }

  private static ImportOptions only(String name) {
    return new ImportOptions(
        List.of(name), null, null, null, null, LAN.lan(), List.of(), null, null, null);
  }

  private String secret(String connection) throws Exception {
    return Files.readString(folder.resolve("secrets/" + connection + ".psk"));
  }

  private static List<String> tunnels(AgentConfig config) {
    return config.connections().stream()
        .flatMap(
            c ->
                c.instances().stream()
                    .map(
                        i ->
                            "%s %s bgp %s"
                                .formatted(
                                    c.tunnel(i),
                                    Fixtures.text(i.address()),
                                    Fixtures.text(i.bgpAddress()))))
        .toList();
  }
}
