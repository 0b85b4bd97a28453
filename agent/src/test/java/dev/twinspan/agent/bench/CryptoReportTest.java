package dev.twinspan.agent.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.json.Json;
import dev.twinspan.ffi.crypto.CipherBench.Cost;
import dev.twinspan.ffi.crypto.CipherBench.Figures;
import dev.twinspan.ffi.crypto.CipherBench.Nanos;
import dev.twinspan.ffi.crypto.EspTransform;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class CryptoReportTest {
  private static final Machine MACHINE =
      new Machine("Raspberry Pi 4 Model B", 4, "aarch64 without AES", "6.12", "0.10");

  private static CryptoReport report(double largeNanos, double smallNanos) {
    return new CryptoReport(
        MACHINE,
        new CryptoReport.Chosen("ipsec-mb", "the fastest"),
        List.of("ipsec-mb: 2.0", "libcrypto is not measured: not found"),
        List.of(
            row("ipsec-mb", CryptoReport.LARGE, largeNanos, cost(170)),
            row("ipsec-mb", CryptoReport.SMALL, smallNanos, cost(40)),
            row("jce", CryptoReport.LARGE, 9_000, null)));
  }

  private static Figures row(String backend, int length, double nanos, @Nullable Cost library) {
    return new Figures(backend, EspTransform.AES_GCM_256, length, cost(nanos), library, 1000);
  }

  private static Cost cost(double nanos) {
    return new Cost(new Nanos(nanos, nanos * 0.9), new Nanos(nanos + 10, nanos));
  }

  @Test
  void shouldSayWhichGatewayOneCoreFills() {
    // 11504 bits in 410 ns are 28 Gbit/s.
    assertThat(report(400, 90).verdict())
        .startsWith("fits VpnGw4AZ and VpnGw5AZ: one core does AES-256-GCM of 28.1 Gbit/s")
        .contains("10000 kpps", "2.3 Gbit/s, 220 kpps");
    // 1.15 Gbit/s are enough for 0.65 and not for 1.25.
    assertThat(report(9_990, 90).verdict()).startsWith("fits VpnGw1AZ:");
    assertThat(report(99_990, 90).verdict())
        .startsWith("too slow to fill a tunnel of VpnGw1AZ, 0.65 Gbit/s and 62 kpps: one core");
    // Many packets are a limit of their own.
    assertThat(report(400, 9_990).verdict()).startsWith("fits VpnGw1AZ:");
  }

  @Test
  void shouldShowEveryFigureInTheTableAndInJson() throws Exception {
    CryptoReport report = report(400, 90);

    String table = String.join("\n", report.lines());
    assertThat(table)
        .contains("Raspberry Pi 4 Model B, 4 cores", "libcrypto is not measured: not found")
        .containsPattern("ipsec-mb +AES-256-GCM +1438 +400 +28\\.76 Gbit/s +410 .*170 / 180")
        .containsPattern("ipsec-mb +AES-256-GCM +64 +90 +11\\.11 Mpps")
        .containsPattern("jce +AES-256-GCM +1438 .*–");
    JsonNode json = Json.parse(Json.pretty(report.json()));
    assertThat(json.at("/machine/cores").intValue()).isEqualTo(4);
    assertThat(json.at("/figures/0/encapsulate/ns-median").doubleValue()).isEqualTo(400);
    assertThat(json.at("/figures/0/library-open/ns-least").doubleValue()).isEqualTo(170);
    assertThat(json.at("/figures/2").has("library-seal")).isFalse();
    assertThat(json.at("/verdict").stringValue()).isEqualTo(report.verdict());
  }

  @Test
  void shouldNotJudgeByWhatWasNotMeasured() {
    CryptoReport report =
        new CryptoReport(
            MACHINE, new CryptoReport.Chosen("libcrypto", "asked for"), List.of(), List.of());

    assertThat(report.verdict())
        .isEqualTo("no verdict: AES-256-GCM was not measured with libcrypto");
  }

  @Test
  void shouldReadTheProcessorsName() {
    assertThat(Machine.processor("processor\t: 0\nmodel name\t: Intel(R) N100\nmodel name\t: x\n"))
        .hasValue("Intel(R) N100");
    assertThat(Machine.processor("processor\t: 0\n")).isEmpty();
  }
}
