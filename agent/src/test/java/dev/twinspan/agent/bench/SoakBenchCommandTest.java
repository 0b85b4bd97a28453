package dev.twinspan.agent.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.json.Json;
import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.SoakLane.Result;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

class SoakBenchCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new BenchCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  @Test
  void shouldSoakAndTellEveryCount() throws Exception {
    assertThat(run("soak", "--packets", "200000", "--threads", "2", "--json")).isZero();

    JsonNode json = Json.parse(out.toString());
    assertThat(json.get("packets").longValue()).isGreaterThanOrEqualTo(200_000);
    assertThat(json.get("arrived")).isEqualTo(json.get("packets"));
    assertThat(json.get("sas-past-edge").intValue()).isEqualTo(4);
    assertThat(json.get("refused")).isEqualTo(json.get("injected"));
    assertThat(json.at("/refused/REPLAYED").longValue()).isPositive();
    assertThat(json.get("right").booleanValue()).isTrue();
  }

  @Test
  void shouldRefuseNumbersThatMakeNoSense() {
    assertThat(run("soak", "--packets", "5")).isEqualTo(2);
    assertThat(err.toString()).contains("--packets is 5, expected 100000 to");
  }

  @Test
  void shouldNotCallWrongRight() {
    Machine machine = new Machine("N100", 4, "amd64 with AES", "6.12", "0.10");
    MemoryUse before = new MemoryUse(80 << 20, 8 << 20);
    MemoryUse after = new MemoryUse(200 << 20, 8 << 20);
    SoakReport lost = report(machine, result(100, 99, 1, 0), before, before);
    assertThat(lost.verdict()).isEqualTo("NOT right: see the counts above; --seed 7 repeats it");
    assertThat(report(machine, result(100, 100, 0, 1), before, before).right()).isFalse();
    assertThat(report(machine, result(100, 100, 0, 0), before, after).verdict())
        .isEqualTo("memory grew: see above");
    assertThat(report(machine, result(100, 100, 0, 0), before, before).right()).isTrue();
    assertThat(String.join("\n", lost.lines()))
        .contains("missing 1, changed or twice 0", "refused 3 of 3 injected: sequence number seen");
  }

  private static SoakReport report(
      Machine machine, Result result, MemoryUse early, MemoryUse late) {
    return new SoakReport(machine, "ipsec-mb", 7, 1, List.of(result), early, late);
  }

  private static Result result(long sent, long arrived, long missing, long faults) {
    Map<DropReason, Long> replays = Map.of(DropReason.REPLAYED, 3L);
    return new Result(sent, 1000, arrived, 2, missing, faults, null, 5, replays, replays, 2, true);
  }
}
