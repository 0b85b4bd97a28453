package dev.twinspan.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.ffi.crypto.EspBackends;
import dev.twinspan.ffi.crypto.EspTransform;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * It counts what comes through and fails when something does not; the figures are the machine's.
 */
class PathBenchTest {
  private static final Duration SHORT = Duration.ofMillis(20);

  @Test
  void shouldCarrySuperPacketsOfOneFlow() {
    var figures =
        PathBench.measureTcp(
            EspBackends.choose("auto").backend(), EspTransform.AES_GCM_256, 1438, SHORT);
    assertThat(figures.rounds()).isPositive();
  }

  @ParameterizedTest
  @CsvSource({"64,1", "64,64", "256,3"})
  void shouldCarryDatagramsOfManyFlows(int length, int flows) {
    var figures =
        PathBench.measureUdp(
            EspBackends.choose("auto").backend(), EspTransform.AES_GCM_256, length, flows, SHORT);
    assertThat(figures.rounds()).isPositive();
    assertThat(figures.flows()).isEqualTo(flows);
  }
}
