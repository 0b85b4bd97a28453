package dev.twinspan.agent.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.json.Json;
import dev.twinspan.datapath.DatapathConfig;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class LatencyReportTest {
  /** 1 to 1000 µs and so much more, in falling order, of 1001 that were sent. */
  private static Latencies upTo1000(long more) {
    return Latencies.of(
        1001, LongStream.rangeClosed(1, 1000).map(n -> (1001 - n + more) * 1000).toArray());
  }

  @Test
  void shouldTakeQuantilesByNearestRankAndCountWhatIsLost() {
    Latencies latencies = upTo1000(0);
    assertThat(latencies.micros(0.5)).isEqualTo(500);
    assertThat(latencies.micros(0.99)).isEqualTo(990);
    assertThat(latencies.micros(0.999)).isEqualTo(999);
    assertThat(latencies.micros(1)).isEqualTo(1000);
    assertThat(latencies.lost()).isEqualTo(1);
    Latencies both = Latencies.merged(List.of(latencies, upTo1000(1000)));
    assertThat(both.micros(0.5)).isEqualTo(1000);
    assertThat(both.micros(1)).isEqualTo(2000);
    assertThat(both.lost()).isEqualTo(2);
    assertThat(Latencies.of(3, new long[0]).micros(0.5)).isNaN();
  }

  @Test
  void shouldTellWhatTheTunnelAdds() throws Exception {
    LatencyReport report =
        new LatencyReport(
            new DatapathConfig.Loops(1, 1, 0, 2000),
            upTo1000(0),
            upTo1000(40),
            upTo1000(100),
            upTo1000(2100));

    assertThat(String.join("\n", report.lines()))
        .containsPattern("alone, through the tunnel +540 +1030 +1039 +1040 +1")
        .contains("adds 40 µs (median) to a lone packet, and 2.0 ms (p99) beside a TCP flow");
    ObjectNode written = Json.object();
    report.writeTo(written);
    JsonNode json = Json.parse(Json.pretty(written));
    assertThat(json.at("/alone/added-median").doubleValue()).isEqualTo(40);
    assertThat(json.at("/beside-tcp/added-p99").doubleValue()).isEqualTo(2000);
    assertThat(json.at("/beside-tcp/through-tunnel/p99.9").doubleValue()).isEqualTo(3099);
  }
}
