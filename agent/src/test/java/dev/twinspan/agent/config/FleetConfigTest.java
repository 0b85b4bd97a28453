package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FleetConfigTest {
  private static final Entity ROOT = TestPki.root(Kind.P256, "fleet root");
  private static final String FILES =
      "certificate: {file: box.pem, key-file: box.key, trust-file: ca.pem}";

  @TempDir Path folder;

  @BeforeEach
  void write() {
    write(Kind.P256);
  }

  private void write(Kind kind) {
    Entity box = ROOT.issues(kind, "branch-0017").build();
    box.writeChain(folder.resolve("box.pem"));
    box.writeKey(folder.resolve("box.key"));
    TestPki.write(folder.resolve("ca.pem"), ROOT.certificate());
  }

  private ConfigFixture fleet(String settings) {
    return new ConfigFixture(folder)
        .with("connections:\n", "fleet: {%s}\nconnections:\n".formatted(settings));
  }

  @Test
  void shouldFillInWhatIsUsual() {
    AgentConfig config = fleet("broker: mqtts://broker.example, " + FILES).read().config();
    assertThat(config).isNotNull();
    FleetConfig fleet = config.fleet();
    assertThat(fleet).isNotNull();
    assertThat(fleet.broker()).isEqualTo("mqtts://broker.example:8883");
    assertThat(fleet.keepAlive()).isEqualTo(Duration.ofSeconds(30));
    assertThat(fleet.healthInterval()).isEqualTo(Duration.ofSeconds(10));
    assertThat(fleet.stateDirectory()).isEqualTo(Path.of("/var/lib/twinspan"));
    assertThat(fleet.eventsKept()).isEqualTo(10_000);
    assertThat(ConfigJson.tree(config).at("/fleet/certificate/key-file").asString())
        .isEqualTo(folder.resolve("box.key").toString());
    assertThat(new ConfigFixture(folder.resolve("secrets")).read().config().fleet()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "mqtts://203.0.113.5:1883, 203.0.113.5, 1883",
    "mqtts://[2001:db8::5], 2001:db8::5, 8883",
    "mqtts://[2001:db8::5]:99, 2001:db8::5, 99",
  })
  void shouldReadTheBroker(String broker, String host, int port) {
    FleetConfig fleet =
        fleet("broker: \"%s\", %s".formatted(broker, FILES)).read().config().fleet();
    assertThat(fleet.host()).isEqualTo(host);
    assertThat(fleet.port()).isEqualTo(port);
  }

  @Test
  void shouldReadOnWhichWayTheBrokerIsReached() {
    String broker = "broker: mqtts://b, ";
    AgentConfig usual = fleet(broker + FILES).read().config();
    assertThat(usual.fleet().reach()).isEqualTo(FleetConfig.Reach.BY_ROUTES);
    String settings = "local-address: 192.168.50.1, outside-tunnels: true, ";
    ConfigFixture set = new ConfigFixture(folder.resolve("secrets"));
    AgentConfig config =
        set.with(
                "connections:\n",
                "fleet: {%s}\nconnections:\n"
                    .formatted(
                        broker
                            + settings
                            + FILES.replace("box", "../box").replace("ca.", "../ca.")))
            .read()
            .config();
    assertThat(config.fleet().reach())
        .isEqualTo(new FleetConfig.Reach(InetAddress.ofLiteral("192.168.50.1"), true));
    assertThat(ConfigJson.tree(config).at("/fleet/local-address").asString())
        .isEqualTo("192.168.50.1");
    assertThat(ConfigJson.tree(config).at("/fleet/outside-tunnels").asBoolean()).isTrue();
  }

  @Test
  void shouldRefuseALocalAddressThatIsNone() {
    assertThat(fleet("broker: mqtts://b, local-address: eth0, " + FILES).sentences())
        .singleElement()
        .asString()
        .startsWith("fleet.local-address: ")
        .contains("eth0");
  }

  @ParameterizedTest
  @CsvSource({
    "mqtt://broker.example, mqtts://HOST",
    "mqtts://broker.example:0, 1 to 65535",
    "mqtts://broker.example:65536, 1 to 65535",
    "mqtts://user@broker.example, mqtts://HOST",
    "mqtts://broker.example/path, mqtts://HOST",
  })
  void shouldRefuseWhatIsNoBroker(String broker, String expected) {
    assertThat(fleet("broker: \"%s\", %s".formatted(broker, FILES)).sentences())
        .singleElement()
        .asString()
        .startsWith("fleet.broker: ")
        .contains(expected);
  }

  @Test
  void shouldSayWhatElseItNeeds() {
    List<String> problems =
        fleet("broker: mqtts://b, " + FILES.replace("box.key", "none.key"))
            .with("  site: lyon", "")
            .sentences();
    assertThat(problems)
        .anySatisfy(problem -> assertThat(problem).contains("device.site is part of its topics"))
        .anySatisfy(
            problem ->
                assertThat(problem).contains("fleet.certificate.key-file", "does not exist"));
  }

  @Test
  void shouldWarnOfACertificateInAnotherName() {
    ConfigFixture config = fleet("broker: mqtts://b, " + FILES);
    assertThat(config.read().config().warnings()).noneMatch(w -> w.contains("CN="));
    Entity other = ROOT.issues(Kind.P256, "branch-00171").build();
    other.writeChain(folder.resolve("box.pem"));
    other.writeKey(folder.resolve("box.key"));
    assertThat(config.read().config().warnings())
        .anyMatch(w -> w.contains("device.id is branch-0017:") && w.contains("CN=branch-00171"));
  }

  /** NIST SP 800-131A: of box and CA alike, and with {@code fips: true} as without. */
  @ParameterizedTest
  @CsvSource({
    "RSA_1024, P256, box.pem, true",
    "P256, RSA_1024, ca.pem, true",
    "RSA_1024, P256, box.pem, false"
  })
  void shouldRefuseShortRsaKeys(Kind own, Kind ca, String file, boolean fips) {
    Entity root = TestPki.root(ca, "fleet root");
    Entity box = ROOT.issues(own, "branch-0017").build();
    box.writeChain(folder.resolve("box.pem"));
    box.writeKey(folder.resolve("box.key"));
    TestPki.write(folder.resolve("ca.pem"), root.certificate());
    assertThat(
            fleet("broker: mqtts://b, " + FILES)
                .with("\nlan:\n", "\nfips: %s\nlan:\n".formatted(fips))
                .sentences())
        .singleElement()
        .asString()
        .startsWith("fleet.certificate.")
        .contains(file, "an RSA key of 1024 bits; expected 2048 to 8192");
  }

  /** The files as a TLS context: both kinds of keys. */
  @ParameterizedTest
  @EnumSource(names = {"P256", "RSA_2048"})
  void shouldMakeTlsOfItsFiles(Kind kind) throws Exception {
    write(kind);
    FleetConfig fleet = fleet("broker: mqtts://b, " + FILES).read().config().fleet();
    assertThat(FleetTls.context(fleet).getProtocol()).isEqualTo("TLSv1.3");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldTakeTheModeOfTheFile(boolean fips) {
    ConfigFixture config =
        fleet("broker: mqtts://b, " + FILES).with("\nlan:\n", "\nfips: %s\nlan:\n".formatted(fips));
    assertThat(config.read().config().fleet().fips()).isEqualTo(fips);
  }
}
