package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsConfigTest {
  @TempDir Path folder;

  private ConfigFixture listening(String where) {
    return new ConfigFixture(folder)
        .with("connections:\n", "metrics: {listen: \"%s\"}\nconnections:\n".formatted(where));
  }

  @Test
  void shouldServeNobodyUnlessAsked() {
    AgentConfig config = new ConfigFixture(folder).read().config();
    assertThat(config).isNotNull();
    assertThat(config.metrics()).isNull();
    assertThat(ConfigJson.tree(config).has("metrics")).isFalse();
  }

  /** The LAN's prefix may be public; a private address is nobody's on the internet. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:9469",
        "[::1]:9469",
        "192.168.50.2:1",
        "10.1.2.3:65535",
        "[fd00:1::1]:9469"
      })
  void shouldListenInside(String where) {
    ConfigResult result = listening(where).read();
    AgentConfig config = result.config();
    assertThat(config).as(result.problems().toString()).isNotNull();
    assertThat(ConfigJson.tree(config).at("/metrics/listen").asString()).isEqualTo(where);
    assertThat(config.warnings()).noneMatch(warning -> warning.contains("metrics"));
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0:9469, is every address of this box",
    "[::]:9469, is every address of this box",
    "198.51.100.7:9469, is the address the tunnels are spoken from",
    "203.0.113.77:9469, is neither private nor of lan.prefixes",
    "[2001:db8::1]:9469, is neither private nor of lan.prefixes",
  })
  void shouldWarnWhereTheInternetMayRead(String where, String why) {
    AgentConfig config = listening(where).read().config();
    assertThat(config).isNotNull();
    assertThat(config.warnings())
        .anySatisfy(warning -> assertThat(warning).startsWith("metrics.listen: ").contains(why));
  }

  @Test
  void shouldTakeThePageLikeTheMetrics() {
    AgentConfig config =
        new ConfigFixture(folder)
            .with("connections:\n", "page: {listen: \"0.0.0.0:8080\"}\nconnections:\n")
            .read()
            .config();
    assertThat(config).isNotNull();
    assertThat(ConfigJson.tree(config).at("/page/listen").asString()).isEqualTo("0.0.0.0:8080");
    assertThat(config.warnings())
        .anySatisfy(
            warning ->
                assertThat(warning).startsWith("page.listen: ").contains("reads the page; listen"));
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:9469, 127.0.0.1:9469",
    "127.0.0.1, 127.0.0.1:9469",
    "::1:9469, 127.0.0.1:9469",
    "127.0.0.1:0, 1 to 65535",
    "127.0.0.1:65536, 1 to 65535",
    "127.0.0.256:9469, is not an address",
    "[127.0.0.1:9469, 127.0.0.1:9469",
    "[::g]:9469, 127.0.0.1:9469",
    "224.0.0.1:9469, a group of hosts",
  })
  void shouldRefuseWhatIsNoPlaceToListen(String where, String expected) {
    ConfigFixture file = listening(where);
    assertThat(file.sentences())
        .singleElement()
        .asString()
        .startsWith("metrics.listen: ")
        .contains(expected);
    assertThat(file.read().config()).isNull();
  }
}
