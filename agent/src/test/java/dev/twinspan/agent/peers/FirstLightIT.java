package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.rehearse.SelfCommand;
import dev.twinspan.agent.rehearse.netns.Exec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a newcomer sees: {@code twinspan rehearse --json} ends with exit code 0 in under three
 * minutes; both tunnels carried bytes in both directions, traffic came alive after the kill, and
 * both tunnels were back after the restore. One of them plays under the instrumenting agent, which
 * sees what a native image must be told (package sightings).
 */
class FirstLightIT {
  /** The bar; on a busy machine it is told, not asked. */
  private static final Duration BAR = Duration.ofMinutes(3);

  private static final Duration LIMIT = BAR.multipliedBy(3);

  private static final String WATCHED = "--nat --bgp";

  @ParameterizedTest
  @ValueSource(strings = {"", "--peer strongswan", WATCHED})
  void shouldPlayFromBeginningToEnd(String options) {
    List<String> command = new ArrayList<>();
    String sightings = System.getProperty("twinspan.sightings", "");
    if (options.equals(WATCHED) && !sightings.isEmpty()) {
      command.addAll(List.of("env", "TWINSPAN_JAVA_OPTIONS=" + sightings));
    }
    command.addAll(SelfCommand.of("rehearse", "--json"));
    if (!options.isEmpty()) {
      command.addAll(List.of(options.split(" ")));
    }
    long began = System.nanoTime();
    Exec.Result result = Exec.run(command, "", LIMIT);
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    System.out.printf(
        "rehearse %s: %d s%s%n",
        options, took.toSeconds(), took.compareTo(BAR) > 0 ? ", above the bar" : "");
    assertThat(result.exit()).as(result.err() + result.out()).isZero();

    JsonNode report = JsonMapper.shared().readTree(result.out());
    assertThat(report.get("passed").booleanValue()).isTrue();
    assertThat(report.get("tunnels")).hasSize(2);
    report
        .get("tunnels")
        .forEach(
            tunnel -> {
              assertThat(tunnel.get("inBytes").longValue()).isPositive();
              assertThat(tunnel.get("outBytes").longValue()).isPositive();
            });
    JsonNode outage = report.get("outages").get("kill");
    assertThat(outage.get("alive").intValue()).isEqualTo(outage.get("flows").intValue());
  }
}
