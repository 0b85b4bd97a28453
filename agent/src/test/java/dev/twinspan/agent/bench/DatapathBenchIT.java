package dev.twinspan.agent.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** Two datapaths on this machine and a real TCP flow through them, for two seconds. */
class DatapathBenchIT {
  @Test
  void shouldMeasureBothDirectionsAndLeaveNothingBehind() throws Exception {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();

    int exit =
        new CommandLine(new BenchCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute("datapath", "--seconds", "2", "--json");

    assertThat(exit).as("%s", err).isZero();
    JsonNode json = Json.parse(out.toString());
    for (String way : new String[] {"encapsulate", "decapsulate"}) {
      JsonNode figures = json.get(way);
      long packets = figures.get("packets").longValue();
      assertThat(packets).as("%s", figures).isGreaterThan(100);
      assertThat(figures.get("bytes").longValue() / packets).isBetween(1_000L, 1_438L);
      assertThat(figures.get("ns").doubleValue())
          .isGreaterThanOrEqualTo(figures.get("ns-kernel").doubleValue())
          .isGreaterThan(figures.get("ns-library").doubleValue());
    }
    assertThat(json.get("gigabits").doubleValue()).isPositive();
    assertThat(LoopThread.all()).noneMatch(thread -> thread.name().startsWith("twinspan-"));
  }
}
