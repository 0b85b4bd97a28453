package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelfDrillConfigTest {
  @TempDir Path folder;

  private ConfigResult read(String drill) {
    return new ConfigFixture(folder).with("connections:\n", drill + "\nconnections:\n").read();
  }

  @Test
  void shouldReadTheWindow() {
    AgentConfig config = read("self-drill: {window: \"23:30-01:00\", rest: 30}").config();
    assertThat(config).isNotNull();
    AgentConfig.SelfDrillConfig drill = config.selfDrill();
    assertThat(drill).isNotNull();
    assertThat(drill.window().from()).isEqualTo(LocalTime.of(23, 30));
    assertThat(drill.rest()).isEqualTo(Duration.ofSeconds(30));
    assertThat(ConfigJson.tree(config).at("/self-drill/window").asString(""))
        .isEqualTo("23:30-01:00");
  }

  @ParameterizedTest
  @ValueSource(strings = {"02:00-02:00", "25:00-26:00"})
  void shouldRefuseWhatIsNoWindow(String window) {
    ConfigResult result = read("self-drill: {window: \"%s\"}".formatted(window));
    assertThat(result.config()).isNull();
    assertThat(result.problems())
        .anySatisfy(
            problem -> {
              assertThat(problem.path()).isEqualTo("self-drill.window");
              assertThat(problem.sentence()).contains(window, "02:00-04:00");
            });
  }

  /** They stay in force while the agent runs: status tells them. */
  @Test
  void shouldKeepWarningsWithTheConfiguration() {
    AgentConfig config =
        new ConfigFixture(folder)
            .with(
                "address: 203.0.113.11",
                "address: 203.0.113.10\n        local-address: 198.51.100.8")
            .read()
            .config();
    assertThat(config).isNotNull();
    List<String> warnings = config.warnings();
    assertThat(warnings).anySatisfy(w -> assertThat(w).contains("would go down together"));
  }
}
