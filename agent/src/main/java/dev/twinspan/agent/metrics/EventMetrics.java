package dev.twinspan.agent.metrics;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.EventTotals.Bucket;
import dev.twinspan.agent.status.EventTotals.Outages;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.Unit;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * What happened, in numbers. In OpenMetrics each counter and each bucket has the id of the latest
 * event behind it as its exemplar: the same id that log line, status, fleet page and MQTT have.
 */
final class EventMetrics {
  private EventMetrics() {}

  static void add(Families families, AgentStatus status) {
    families
        .of(
            status.totals().counts(),
            count -> {
              String tunnel = count.tunnel();
              return Labels.of("tunnel", tunnel == null ? "" : tunnel, "code", count.code());
            })
        .counter(
            "twinspan_events",
            "Events by tunnel (empty: the whole box) and code, as twinspan status has them.",
            count -> count.count(),
            count -> exemplar(1, count.last(), count.lastTime()));
    Map<String, String> connections = new HashMap<>();
    status.tunnels().forEach(tunnel -> connections.put(tunnel.name(), tunnel.connection()));
    families
        .of(
            status.totals().outages().stream()
                .filter(outages -> connections.containsKey(outages.tunnel()))
                .toList(),
            outages ->
                Labels.of(
                    "connection", connections.get(outages.tunnel()), "tunnel", outages.tunnel()))
        .histogram(
            "twinspan_tunnel_outage_seconds",
            Unit.SECONDS,
            "How long traffic of the tunnel stood still, at fail-overs and interruptions that were"
                + " measured.",
            Outages.BOUNDS,
            outages -> outages.buckets().stream().map(Bucket::count).toList(),
            Outages::seconds,
            outages ->
                outages.buckets().stream()
                    .filter(bucket -> bucket.count() > 0)
                    .map(bucket -> exemplar(bucket.seconds(), bucket.last(), bucket.time()))
                    .toList());
  }

  private static Exemplar exemplar(double value, String event, Instant time) {
    return Exemplar.builder()
        .value(value)
        .labels(Labels.of("event_id", event))
        .timestampMillis(time.toEpochMilli())
        .build();
  }
}
