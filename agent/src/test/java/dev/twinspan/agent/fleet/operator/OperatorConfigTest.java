package dev.twinspan.agent.fleet.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.fleet.BrokerAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OperatorConfigTest {
  private static final Path FILE = Path.of("/home/op/.config/twinspan/fleet.yaml");

  @Test
  void shouldReadWhatTheCommandLineLeavesOut() throws Exception {
    OperatorConfig file =
        OperatorConfig.parse(
            FILE,
            """
            broker: mqtts://broker.example
            certificate: {file: me.pem, key-file: /keys/me.key, trust-file: ca.pem}
            """);
    OperatorConfig both = new OperatorConfig(null, Path.of("other.pem"), null, null).or(file);
    assertThat(both.address()).isEqualTo(new BrokerAddress(true, "broker.example", 8883));
    assertThat(both.certificate()).isEqualTo(Path.of("other.pem"));
    assertThat(both.key()).isEqualTo(Path.of("/keys/me.key"));
    assertThat(both.trust()).isEqualTo(FILE.resolveSibling("ca.pem"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "brokr: mqtts://a             | brokr is not known: did you mean broker?",
        "certificate: {fil: a}        | certificate.fil is not known: did you mean file?",
        "certificate: a.pem           | certificate.: expected a map",
        "broker: 7                    | broker: expected a text",
        "[]                           | expected a map of broker, certificate",
        "{                            | not YAML",
      })
  void shouldSayWhatIsWrong(String text, String sentence) {
    assertThatThrownBy(() -> OperatorConfig.parse(FILE, text))
        .isInstanceOf(OperatorConfig.Unusable.class)
        .hasMessageContaining(sentence)
        .hasMessageContaining(FILE.toString());
  }

  @Test
  void shouldSayWhatIsMissing(@TempDir Path folder) throws Exception {
    assertThat(OperatorConfig.read(folder.resolve("none"), true)).isEqualTo(OperatorConfig.NONE);
    assertThatThrownBy(() -> OperatorConfig.read(folder.resolve("none"), false))
        .hasMessageContaining("does not exist");
    assertThatThrownBy(OperatorConfig.NONE::address).hasMessageContaining("--broker");
    OperatorConfig nobody = new OperatorConfig("mqtts://a", null, null, null);
    assertThatThrownBy(nobody::tls).hasMessageContaining("--certificate, --key and --ca");
  }

  @ParameterizedTest
  @CsvSource({
    "mqtts://a,            true,  a,         8883",
    "mqtts://a.example:99, true,  a.example, 99",
    "mqtts://[2001:db8::1],true,  2001:db8::1, 8883",
    "mqtt://127.0.0.1,     false, 127.0.0.1, 1883",
    "mqtt://[::1]:7,       false, ::1,       7",
  })
  void shouldKnowABroker(String text, boolean tls, String host, int port) {
    assertThat(BrokerAddress.parse(text)).isEqualTo(new BrokerAddress(tls, host, port));
    assertThat(BrokerAddress.parse(BrokerAddress.parse(text).toString()).port()).isEqualTo(port);
  }

  /** Without TLS the broker may be anybody. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mqtt://broker.example", "mqtt://10.0.0.1", "tcp://127.0.0.1", "mqtts://a:0",
        "mqtts://a:65536", "mqtts://a/b", "mqtts://", ""
      })
  void shouldRefuseOthers(String text) {
    assertThatThrownBy(() -> BrokerAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected");
  }
}
