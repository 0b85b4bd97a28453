package dev.twinspan.agent.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.netns.Await;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/**
 * Two datapaths on this machine and a real TCP flow through them, then a packet each millisecond,
 * then a stock strongSwan and wireguard-go in the same place, in one run of the command; the
 * kernel's own ESP where it has one.
 */
class DatapathBenchIT {
  private static final Duration GONE = Duration.ofSeconds(30);

  @Test
  void shouldMeasureAllInOneRunAndLeaveNothingBehind() throws Exception {
    for (Rival rival : List.of(Rival.STRONGSWAN, Rival.WIREGUARD_GO)) {
      assumeTrue(rival.missing().isEmpty(), () -> "missing: " + rival.missing());
    }
    Set<ProcessHandle> before = ProcessHandle.current().descendants().collect(Collectors.toSet());

    JsonNode json =
        run(
            "datapath",
            "--seconds",
            "2",
            "--latency",
            "--rounds",
            "1",
            "--vs",
            "strongswan,wireguard-go,xfrm",
            "--json");

    assertThat(json.get("gigabits").doubleValue()).isPositive();
    checkDirections(json);
    checkModel(json);
    checkLatency(json);
    checkComparison(json);
    Await.orThrow(
        GONE,
        () -> LoopThread.all().stream().noneMatch(thread -> thread.name().startsWith("twinspan-")),
        "no loop left",
        () -> LoopThread.all().toString());
    Await.orThrow(
        GONE,
        () -> ProcessHandle.current().descendants().allMatch(before::contains),
        "no process left",
        () -> ProcessHandle.current().descendants().map(ProcessHandle::info).toList().toString());
    assertThat(Path.of("/var/run/wireguard").toFile().list((_, name) -> name.startsWith(OURS)))
        .isNullOrEmpty();
  }

  private static void checkDirections(JsonNode json) {
    for (String way : new String[] {"encapsulate", "decapsulate"}) {
      JsonNode figures = json.get(way);
      long packets = figures.get("packets").longValue();
      assertThat(packets).as("%s", figures).isGreaterThan(100);
      assertThat(figures.get("bytes").longValue() / packets).isBetween(1_000L, 1_438L);
      assertThat(figures.get("ns").doubleValue())
          .isGreaterThanOrEqualTo(figures.get("ns-kernel").doubleValue())
          .isGreaterThan(figures.get("ns-library").doubleValue());
      assertThat(figures.get("ns-floor").doubleValue())
          .as("%s", figures)
          .isPositive()
          .isGreaterThanOrEqualTo(figures.get("ns-floor-kernel").doubleValue());
      assertThat(figures.get("floor-packets-together").doubleValue()).isGreaterThan(1);
    }
  }

  private static void checkLatency(JsonNode json) {
    for (String load : new String[] {"/latency/alone", "/latency/beside-tcp"}) {
      for (String way : new String[] {"/without-tunnel", "/through-tunnel"}) {
        JsonNode probe = json.at(load + way);
        assertThat(probe.get("packets").intValue()).as("%s", probe).isEqualTo(500);
        assertThat(probe.get("lost").intValue()).as("%s", probe).isLessThan(250);
        assertThat(probe.get("median").doubleValue())
            .as("%s", probe)
            .isPositive()
            .isLessThanOrEqualTo(probe.get("p99").doubleValue());
      }
    }
  }

  private static void checkModel(JsonNode json) {
    for (JsonNode way : json.get("model")) {
      // Within 10 % of the whole where nothing else runs, and for longer than two seconds.
      assertThat(way.get("explained").doubleValue()).as("%s", way).isPositive();
    }
    for (JsonNode way :
        List.of(json.get("small-packets"), json.at("/small-packets/without-kernel"))) {
      assertThat(way.get("encapsulate-mpps").doubleValue()).as("%s", way).isPositive();
      assertThat(way.get("decapsulate-mpps").doubleValue()).as("%s", way).isPositive();
    }
  }

  private static void checkComparison(JsonNode json) {
    for (JsonNode row : json.get("versus")) {
      assertThat(row.get("gigabits-median").doubleValue()).as("%s", row).isPositive();
      String name = row.get("name").stringValue();
      if (name.equals("strongswan") || name.equals("wireguard-go")) {
        assertThat(row.get("ratio-median").doubleValue()).as("%s", row).isPositive();
        assertThat(row.get("ns-sender").doubleValue()).as("%s", row).isPositive();
      }
    }
    // Each with one flow and with eight; the kernel's own, or why not.
    int xfrm = json.get("not-measured").size();
    assertThat(json.get("versus").size()).isEqualTo(2 * (4 - xfrm));
  }

  @Test
  void shouldNameWhatItKnowsWhenAskedForSomethingElse() {
    StringWriter err = new StringWriter();
    int exit =
        new CommandLine(new BenchCommand())
            .setErr(new PrintWriter(err))
            .execute("datapath", "--vs", "openvpn");
    assertThat(exit).isEqualTo(2);
    assertThat(err.toString())
        .contains("--vs is \"openvpn\", expected one or more of [strongswan, wireguard-go, xfrm");
  }

  private static final String OURS = "tw" + ProcessHandle.current().pid();

  private static JsonNode run(String... arguments) throws Exception {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        new CommandLine(new BenchCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    assertThat(exit).as("%s", err).isZero();
    return Json.parse(out.toString());
  }
}
