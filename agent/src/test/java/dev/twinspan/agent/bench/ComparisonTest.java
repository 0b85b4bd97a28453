package dev.twinspan.agent.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.bench.Comparison.Refusal;
import dev.twinspan.agent.bench.Comparison.Row;
import dev.twinspan.agent.bench.Comparison.Slice;
import dev.twinspan.agent.json.Json;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class ComparisonTest {
  private static final long SECOND = 1_000_000_000;

  /** Rounds of a second with so many Gbit/s each, both ends busy half of it. */
  private static Row row(String name, int flows, double... gigabits) {
    List<Slice> slices =
        Arrays.stream(gigabits)
            .mapToObj(
                g -> new Slice(Math.round(g * 1e9 / 8), SECOND, new Contender.Spent(SECOND / 2, 0)))
            .toList();
    return new Row(name, "1.0", flows, slices);
  }

  private static final Comparison COMPARISON =
      new Comparison(
          List.of(
              row("twinspan", 1, 4, 6, 5),
              row("wireguard-go", 1, 1, 2, 1),
              row("twinspan", 8, 6, 6, 6),
              row("wireguard-go", 8, 1.5, 1.5, 1.5)),
          List.of(new Refusal("xfrm", "RTNETLINK answers: Protocol not supported")));

  @Test
  void shouldTakeTheRatioInsideEachRoundAndItsMedian() {
    // 4, 3 and 5 times; of the medians it would be five times.
    assertThat(COMPARISON.ratio(COMPARISON.rows().get(1))).isEqualTo(4);
    assertThat(COMPARISON.verdict())
        .isEqualTo("one TCP flow: 4.0 × wireguard-go; 8 over two tunnels: 4.0 × wireguard-go");
  }

  @Test
  void shouldShowEveryFigureAndWhatIsNotMeasuredWithItsReason() throws Exception {
    assertThat(String.join("\n", COMPARISON.lines()))
        .contains("3 rounds")
        // Half a second for 625 MB are 1104 ns for each 1380 bytes.
        .containsPattern("twinspan 1\\.0 +1 +5\\.00 +4\\.00 – 6\\.00 +– +1104 +–")
        .containsPattern("wireguard-go 1\\.0 +1 +1\\.00 +1\\.00 – 2\\.00 +4\\.0 × +5520 +–")
        .contains("xfrm is not measured: this kernel does not have it: RTNETLINK answers");
    ObjectNode written = Json.object();
    COMPARISON.writeTo(written);
    JsonNode json = Json.parse(Json.pretty(written));
    assertThat(json.at("/versus/1/name").stringValue()).isEqualTo("wireguard-go");
    assertThat(json.at("/versus/1/gigabits-median").doubleValue()).isEqualTo(1);
    assertThat(json.at("/versus/1/ratio-median").doubleValue()).isEqualTo(4);
    assertThat(json.at("/versus/0").has("ratio-median")).isFalse();
    assertThat(json.at("/versus/3/flows").intValue()).isEqualTo(8);
    assertThat(json.at("/not-measured/0/name").stringValue()).isEqualTo("xfrm");
  }

  @Test
  void shouldTakeTheMiddleOfAnEvenNumber() {
    assertThat(Comparison.median(new double[] {4, 1, 3, 2})).isEqualTo(2.5);
  }
}
