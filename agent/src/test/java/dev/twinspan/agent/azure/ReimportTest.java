package dev.twinspan.agent.azure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.azure.ImportResult.Outcome;
import dev.twinspan.agent.config.AgentConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Azure changed since the last import. */
class ReimportTest {
  private static final String CONNECTION = "az-connection.json";

  @TempDir private Path folder;

  @BeforeEach
  void firstImport() throws Exception {
    files().into(folder, ImportOptions.NONE);
    Path file = folder.resolve("twinspan.yaml");
    Files.writeString(
        file,
        Files.readString(file)
                .replace("    routing: bgp\n", "    routing: bgp\n    ike-fragment-size: 1200\n")
            + "tunnel-device:\n  mtu: 1380\n  mss: 1340\n");
  }

  private static Fixtures files() {
    return Fixtures.of("az-gateway.json", CONNECTION, "az-local-gateway.json");
  }

  private String config() throws Exception {
    return Files.readString(folder.resolve("twinspan.yaml"));
  }

  @Test
  void shouldLeaveAllAloneWhenNothingChanged() throws Exception {
    String before = config();

    assertThat(files().into(folder, ImportOptions.NONE, true).outcome())
        .isEqualTo(Outcome.UNCHANGED);
    assertThat(config()).isEqualTo(before);
    assertThat(folder.resolve("twinspan.yaml.bak")).doesNotExist();
  }

  @Test
  void shouldShowWhatAzureChangedAndWriteItOnlyWhenForced() throws Exception {
    String before = config();
    Fixtures changed =
        files()
            .with(CONNECTION, "\"dpdTimeoutSeconds\": 45", "\"dpdTimeoutSeconds\": 30")
            .with("az-gateway.json", "198.51.100.11", "198.51.100.99");

    ImportResult shown = changed.into(folder, ImportOptions.NONE);
    assertThat(shown.outcome()).isEqualTo(Outcome.NEEDS_FORCE);
    assertThat(shown.changes())
        .extracting(Change::sentence)
        .containsExactlyInAnyOrder(
            "connections[to-lyon].instances[in1].address: 198.51.100.11 → 198.51.100.99",
            "connections[to-lyon].dpd-timeout: not set → 30");
    assertThat(config()).isEqualTo(before);

    ImportResult forced = changed.into(folder, ImportOptions.NONE, true);
    assertThat(forced.outcome()).isEqualTo(Outcome.WRITTEN);
    assertThat(folder.resolve("twinspan.yaml.bak")).hasContent(before);
    AgentConfig config = Fixtures.config(folder);
    assertThat(config.connections().getFirst().dpdTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.connections().getFirst().ikeFragmentSize()).isEqualTo(1200);
    assertThat(config.tunnelDevice().mtu()).isEqualTo(1380);
  }

  @Test
  void shouldNotReplaceAKeyUnasked() throws Exception {
    Fixtures changed = files().with(CONNECTION, "S3cretGateway", "S3cretNewer");
    Path key = folder.resolve("secrets/to-lyon.psk");

    assertThat(changed.into(folder, ImportOptions.NONE).outcome()).isEqualTo(Outcome.NEEDS_FORCE);
    assertThat(key).hasContent("Sup3r+S3cretGateway");
    assertThat(changed.into(folder, ImportOptions.NONE, true).outcome()).isEqualTo(Outcome.WRITTEN);
    assertThat(key).hasContent("Sup3r+S3cretNewer");
  }

  @Test
  void shouldKeepTheKeyThatIsThereWhenAzureDoesNotTellIt() {
    ImportResult result =
        Fixtures.of("az-gateway.json", "az-connection-without-key.json", "az-local-gateway.json")
            .into(folder, ImportOptions.NONE);

    assertThat(result.outcome()).as(result.text()).isEqualTo(Outcome.UNCHANGED);
  }

  @Test
  void shouldAddAConnectionBesideTheOnesThatAreThere() {
    ImportResult result =
        Fixtures.of("download-no-bgp.json").into(folder, Fixtures.lan("192.168.50.0/24"), true);

    assertThat(result.outcome()).as(result.text()).isEqualTo(Outcome.WRITTEN);
    assertThat(Fixtures.config(folder).connections())
        .extracting(c -> c.name())
        .containsExactly("to-lyon", "hub-west-europe");
  }

  @Test
  void shouldNotTouchAConfigurationItCannotRead() throws Exception {
    Files.writeString(folder.resolve("twinspan.yaml"), "device: {id: [\n");

    ImportResult result = files().into(folder, ImportOptions.NONE, true);
    assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(Fixtures.codes(result, Finding.Severity.REFUSED))
        .containsExactly("existing-unreadable");
    assertThat(config()).isEqualTo("device: {id: [\n");
  }
}
