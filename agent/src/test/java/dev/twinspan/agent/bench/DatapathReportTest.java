package dev.twinspan.agent.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.twinspan.agent.bench.DatapathReport.Direction;
import dev.twinspan.agent.json.Json;
import dev.twinspan.datapath.Offload;
import dev.twinspan.ffi.crypto.CipherBench.Cost;
import dev.twinspan.ffi.crypto.CipherBench.Figures;
import dev.twinspan.ffi.crypto.CipherBench.Nanos;
import dev.twinspan.ffi.crypto.EspTransform;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class DatapathReportTest {
  private static DatapathReport report(
      double nanos, double kernel, double esp, @Nullable Double library) {
    Cost alone = library == null ? null : cost(library);
    return new DatapathReport(
        new Machine("N100", 4, "amd64 with AES", "6.12", "0.10"),
        "ipsec-mb",
        EspTransform.AES_GCM_256,
        6,
        4.5,
        new Direction(1_000_000, 1_438_000_000, 0.5, nanos, kernel, 40),
        new Direction(1_000_000, 1_438_000_000, 0.4, nanos - 100, kernel, 40),
        new DatapathReport.Floor(
            new Direction(900_000, 1_294_200_000, 0.5, 480, 390, 40),
            new Direction(900_000, 1_294_200_000, 0.4, 460, 380, 40)),
        new Figures("ipsec-mb", EspTransform.AES_GCM_256, 1438, cost(esp), alone, 100),
        List.of(
            new Offload("bench", "TSO", true, "in use"),
            new Offload("192.0.2.1:4500", "UDP_GRO", false, "the kernel refused it")));
  }

  private static Cost cost(double nanos) {
    return new Cost(new Nanos(nanos, nanos), new Nanos(nanos, nanos));
  }

  @Test
  void shouldSayWhereTheTimeGoes() throws Exception {
    DatapathReport report = report(800, 400, 240, 160.0);

    String table = String.join("\n", report.lines());
    assertThat(table)
        .contains("4.50 Gbit/s for 6 s", "UDP_GRO off on 192.0.2.1:4500: the kernel refused it")
        .containsPattern("encapsulate +800 +14\\.38 Gbit/s +400 +240 +160 +160 +5\\.00")
        .containsPattern("decapsulate +700 +16\\.43 Gbit/s +400 +240 +60 +160 +4\\.38");
    assertThat(table)
        .contains(
            "floor 480 ns, of which the kernel 390, 40 packets together; ours beyond it 320 ns, of"
                + " which the library 160: 2.00 × that");
    JsonNode json = Json.parse(Json.pretty(report.json()));
    assertThat(json.at("/encapsulate/ns-floor").doubleValue()).isEqualTo(480);
    assertThat(json.at("/decapsulate/ns-beyond-floor").doubleValue()).isEqualTo(240);
    assertThat(json.at("/decapsulate/beyond-floor-to-library").doubleValue()).isEqualTo(1.5);
    assertThat(json.at("/encapsulate/ns").doubleValue()).isEqualTo(800);
    assertThat(json.at("/decapsulate/ratio-to-library").doubleValue()).isEqualTo(4.38);
    assertThat(json.at("/offloads/1/on").asBoolean()).isFalse();
    assertThat(json.at("/verdict").stringValue()).isEqualTo(report.verdict());
  }

  @Test
  void shouldTakeTheMedianOfSlicesAndTheKernelsShareOfAll() {
    Direction all =
        Direction.of(
            List.of(
                new Direction(100, 1000, 0.5, 10, 5, 40),
                new Direction(100, 1000, 0.7, 30, 15, 40),
                new Direction(200, 2000, 0.6, 12, 9, 40)));
    assertThat(all.packets()).isEqualTo(400);
    assertThat(all.bytes()).isEqualTo(4000);
    assertThat(all.nanos()).isEqualTo(12);
    // 500 + 1500 + 1800 of 1000 + 3000 + 2400
    assertThat(all.kernelNanos()).isCloseTo(12 * 3800 / 6400.0, within(1e-9));
  }

  @Test
  void shouldNameTheLimitAndTheGatewayOfTheSlowerDirection() {
    assertThat(report(800, 400, 240, 160.0).verdict())
        .isEqualTo(
            "fits VpnGw4AZ and VpnGw5AZ: one core encapsulates 14.38 Gbit/s of packets of 1438"
                + " bytes; the limit is the kernel: system calls and copies");
    assertThat(report(800, 100, 600, 500.0).verdict()).endsWith("the limit is encryption");
    assertThat(report(800, 100, 600, 150.0).verdict()).endsWith("copies and checksums");
    assertThat(report(800, 100, 200, 150.0).verdict()).endsWith("look-ups, wake-ups");
    // 1438 bytes in 30 µs are 0.38 Gbit/s.
    assertThat(report(30_000, 9_000, 20_000, null).verdict())
        .startsWith("too slow to fill a tunnel of VpnGw1AZ: one core encapsulates 0.38 Gbit/s")
        .endsWith("the limit is encryption");
  }
}
