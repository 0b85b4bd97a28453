package dev.twinspan.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusFixture;
import dev.twinspan.agent.status.TunnelStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ExpositionTest {
  private static final Map<String, String> IN0 =
      Map.of("connection", "hub-weu", "tunnel", "hub-weu/in0");
  private static final Map<String, String> IN1 =
      Map.of("connection", "hub-weu", "tunnel", "hub-weu/in1");

  private final List<Sample> samples =
      Sample.of(new Exposition(() -> FullStatus.at(20)).bytes(MetricsFormat.TEXT));

  private double value(String name, Map<String, String> labels) {
    List<Sample> found =
        samples.stream()
            .filter(sample -> sample.name().equals(name) && sample.labels().equals(labels))
            .toList();
    assertThat(found).as(name + labels).hasSize(1);
    return found.getFirst().value();
  }

  private static Map<String, String> with(Map<String, String> labels, String name, String value) {
    Map<String, String> more = new java.util.TreeMap<>(labels);
    more.put(name, value);
    return more;
  }

  /** In base units, and equal to what {@code status --json} has. */
  @Test
  void shouldTellOfEachTunnelWhatStatusTells() {
    TunnelStatus tunnel = FullStatus.at(20).tunnels().getFirst();
    assertThat(value("twinspan_tunnel_up", IN0)).isEqualTo(1);
    assertThat(value("twinspan_tunnel_up", IN1)).isZero();
    assertThat(value("twinspan_tunnel_receive_bytes_total", IN0))
        .isEqualTo(tunnel.traffic().inBytes());
    assertThat(value("twinspan_tunnel_transmit_packets_total", IN0))
        .isEqualTo(tunnel.traffic().outPackets());
    assertThat(value("twinspan_tunnel_ike_rtt_seconds", IN0)).isEqualTo(0.012345678);
    assertThat(value("twinspan_tunnel_probe_rtt_seconds", IN0)).isEqualTo(0.0075);
    assertThat(value("twinspan_tunnel_probe_loss_ratio", IN0)).isEqualTo(0.25);
    assertThat(value("twinspan_tunnel_receive_loss_ratio", IN0)).isEqualTo(0.015625);
    assertThat(value("twinspan_tunnel_state_change_timestamp_seconds", IN0))
        .isEqualTo(StatusFixture.at(3).getEpochSecond());
    assertThat(value("twinspan_tunnel_last_outage_seconds", IN1)).isEqualTo(0.412);
    assertThat(value("twinspan_tunnel_dropped_packets_total", with(IN1, "reason", "no-sa")))
        .isEqualTo(12);
    assertThat(value("twinspan_tunnel_reason_info", with(IN1, "reason", "psk-mismatch")))
        .isEqualTo(1);
  }

  @Test
  void shouldHaveASeriesForEachStateAndOneOfThemSet() {
    Map<String, Double> states =
        samples.stream()
            .filter(sample -> sample.name().equals("twinspan_tunnel_state"))
            .filter(sample -> "hub-weu/in1".equals(sample.labels().get("tunnel")))
            .collect(Collectors.toMap(s -> s.labels().get("twinspan_tunnel_state"), Sample::value));
    assertThat(states).hasSize(TunnelStatus.State.values().length).containsEntry("failed", 1.0);
    assertThat(states.values().stream().mapToDouble(v -> v).sum()).isEqualTo(1);
  }

  @Test
  void shouldTellOfTheBoxAndItsSessions() {
    assertThat(value("twinspan_routes", Map.of())).isEqualTo(1);
    assertThat(value("twinspan_routes_without_tunnel", Map.of())).isZero();
    assertThat(value("twinspan_dropped_packets_total", Map.of("reason", "no-route"))).isEqualTo(3);
    // Before there was one: the first is then seen as an increase.
    assertThat(value("twinspan_dropped_packets_total", Map.of("reason", "replayed"))).isZero();
    assertThat(value("twinspan_dropped_packets_total", Map.of("reason", "ike-malformed")))
        .isEqualTo(2);
    Map<String, String> session = Map.of("session", "hub-weu/in0", "peer", "10.10.255.4");
    assertThat(value("twinspan_bgp_session_up", session)).isEqualTo(1);
    assertThat(value("twinspan_bgp_accepted_prefixes", session)).isEqualTo(11);
    assertThat(value("twinspan_drill_outage_seconds", Map.of("tunnel", "hub-weu/in0")))
        .isEqualTo(0.012);
    assertThat(value("twinspan_fleet_dropped_events_total", Map.of())).isEqualTo(3);
    assertThat(value("twinspan_fleet_dropped_messages_total", Map.of("reason", "overflow")))
        .isEqualTo(2);
    assertThat(value("twinspan_fleet_dropped_messages_total", Map.of("reason", "unknown-topic")))
        .isEqualTo(1);
    assertThat(value("twinspan_process_resident_memory_bytes", Map.of())).isGreaterThan(1e6);
    assertThat(samples)
        .filteredOn(sample -> sample.name().equals("twinspan_info"))
        .singleElement()
        .satisfies(
            info ->
                assertThat(info.labels())
                    .containsEntry("device", "branch-0017")
                    .containsEntry("site", "lyon"));
  }

  /** The event behind it, by the id that log and status have. */
  @Test
  void shouldNameTheEventBehindARise() {
    List<String> lines =
        new String(
                new Exposition(() -> FullStatus.at(20)).bytes(MetricsFormat.OPEN_METRICS),
                StandardCharsets.UTF_8)
            .lines()
            .toList();
    String moment = StatusFixture.at(9).getEpochSecond() + ".000";
    assertThat(lines)
        .contains(
            "twinspan_events_total{code=\"failover\",tunnel=\"hub-weu/in1\"} 1.0"
                + " # {event_id=\"7-3\"} 1.0 "
                + moment,
            "twinspan_tunnel_outage_seconds_bucket"
                + "{connection=\"hub-weu\",tunnel=\"hub-weu/in1\",le=\"0.5\"} 1"
                + " # {event_id=\"7-3\"} 0.412 "
                + moment)
        .anyMatch(
            line ->
                line.startsWith("twinspan_tunnel_outage_seconds_sum") && line.endsWith(" 0.412"));
    assertThat(value("twinspan_tunnel_outage_seconds_count", IN1)).isEqualTo(1);
  }

  /** What is not known is absent, not 0. */
  @Test
  void shouldLeaveOutWhatIsNotKnown() {
    assertThat(samples)
        .filteredOn(sample -> "hub-weu/in1".equals(sample.labels().get("tunnel")))
        .extracting(Sample::name)
        .doesNotContain("twinspan_tunnel_ike_rtt_seconds", "twinspan_tunnel_probe_rtt_seconds");
  }

  @ParameterizedTest
  @EnumSource
  void shouldHelpWithEachFamilyOnce(MetricsFormat format) {
    String text =
        new String(new Exposition(() -> FullStatus.at(20)).bytes(format), StandardCharsets.UTF_8);
    List<String> types =
        text.lines().filter(line -> line.startsWith("# TYPE ")).map(l -> l.split(" ")[2]).toList();
    List<String> helps =
        text.lines().filter(line -> line.startsWith("# HELP ")).map(l -> l.split(" ")[2]).toList();
    assertThat(types).doesNotHaveDuplicates().hasSizeGreaterThan(40).hasSameElementsAs(helps);
    assertThat(text.endsWith("# EOF\n")).isEqualTo(format == MetricsFormat.OPEN_METRICS);
  }

  @Test
  void shouldBeWrittenOncePerCopyOfTheStatus() {
    AtomicReference<AgentStatus> latest = new AtomicReference<>(FullStatus.at(20));
    Exposition exposition = new Exposition(latest::get);
    byte[] first = exposition.bytes(MetricsFormat.TEXT);
    assertThat(exposition.bytes(MetricsFormat.TEXT)).isSameAs(first);
    latest.set(FullStatus.at(21));
    assertThat(exposition.bytes(MetricsFormat.TEXT)).isNotEqualTo(first);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "none|TEXT",
        "''|TEXT",
        "*/*|TEXT",
        "text/html|TEXT",
        "application/openmetrics-text|OPEN_METRICS",
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1|OPEN_METRICS",
        "text/plain;version=0.0.4;q=0.6, application/openmetrics-text;version=1.0.0;q=0.5|TEXT",
        "application/openmetrics-text;q=0|TEXT",
        "application/openmetrics-text;q=abc|TEXT",
        "application/openmetrics-text; Q=0.9 ,text/plain;q=0.1|OPEN_METRICS",
        ";;,,;q=1,application/openmetrics-text;q=99999999999|TEXT",
      })
  void shouldWriteWhatIsPreferred(String accept, MetricsFormat format) {
    assertThat(MetricsFormat.preferred(accept)).isEqualTo(format);
  }
}
