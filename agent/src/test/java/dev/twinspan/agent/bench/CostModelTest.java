package dev.twinspan.agent.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.twinspan.agent.bench.DatapathReport.Direction;
import dev.twinspan.agent.json.Json;
import dev.twinspan.ffi.crypto.CipherBench.Cost;
import dev.twinspan.ffi.crypto.CipherBench.Figures;
import dev.twinspan.ffi.crypto.CipherBench.Nanos;
import dev.twinspan.ffi.crypto.CipherBench.Parts;
import dev.twinspan.ffi.crypto.EspTransform;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class CostModelTest {
  private static final CostModel MODEL =
      CostModel.of(
          new DatapathReport(
              new Machine("N100", 4, "amd64 with AES", "6.12", "0.10"),
              "ipsec-mb",
              EspTransform.AES_GCM_256,
              6,
              4.5,
              new Direction(1_000_000, 1_438_000_000, 0.5, 1000, 700, 40),
              new Direction(1_000_000, 1_438_000_000, 0.4, 900, 600, 40),
              new DatapathReport.Floor(
                  new Direction(900_000, 1_294_200_000, 0.5, 730, 660, 40),
                  new Direction(900_000, 1_294_200_000, 0.4, 620, 570, 40)),
              new Figures(
                  "ipsec-mb", EspTransform.AES_GCM_256, 1438, cost(200, 190), cost(150, 140), 9),
              List.of()),
          new Parts(nanos(30), cost(5, 25)),
          cost(210, 270));

  private static Nanos nanos(double nanos) {
    return new Nanos(nanos, nanos);
  }

  private static Cost cost(double out, double in) {
    return new Cost(nanos(out), nanos(in));
  }

  @Test
  void shouldAddPartsUpAndHoldThemAgainstTheWhole() {
    CostModel.Way out = MODEL.encapsulate();
    assertThat(out.layout()).as("200 - 150 - 5 - 30").isEqualTo(15);
    assertThat(out.java()).isEqualTo(10);
    assertThat(out.loop()).as("730 - 660").isEqualTo(70);
    assertThat(out.kernelCopies() + out.kernel()).isEqualTo(700);
    assertThat(out.sum()).isEqualTo(980);
    assertThat(out.explained()).isCloseTo(0.98, within(1e-9));

    CostModel.Way in = MODEL.decapsulate();
    assertThat(in.copy()).as("it decrypts in place").isZero();
    assertThat(in.layout()).as("190 - 140 - 25").isEqualTo(25);
    assertThat(in.java()).isEqualTo(80);
    assertThat(in.explained()).isCloseTo(920 / 900.0, within(1e-9));
  }

  @Test
  void shouldWriteTheSameToPeopleAndMachines() throws Exception {
    List<String> lines = new ArrayList<>();
    MODEL.lines(lines);
    assertThat(String.join("\n", lines))
        .containsPattern("inner checksums +5 +25")
        .containsPattern("sum +980 +920")
        .containsPattern("measured as a whole +1000 +900")
        .containsPattern("part of it +98 % +102 %");

    ObjectNode json = Json.object();
    MODEL.writeTo(json);
    JsonNode read = Json.parse(Json.pretty(json));
    assertThat(read.at("/model/encapsulate/ns-kernel-copies").doubleValue()).isEqualTo(60);
    assertThat(read.at("/model/decapsulate/ns-java").doubleValue()).isEqualTo(80);
    assertThat(read.at("/model/decapsulate/explained").doubleValue()).isEqualTo(1.02);
  }
}
