package dev.twinspan.agent.metrics;

import dev.twinspan.agent.status.AgentStatus;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The status model as metrics, in either format. Written anew only when there is a newer copy of
 * the status, so that a flood of requests costs their connections alone. Any thread.
 */
public final class Exposition {
  private final Supplier<AgentStatus> source;
  private final ScrapeCounters scrapes = new ScrapeCounters();
  private final Map<MetricsFormat, byte[]> written = new EnumMap<>(MetricsFormat.class);
  private @Nullable AgentStatus of;

  /**
   * @param source the latest copy; does not block
   */
  public Exposition(Supplier<AgentStatus> source) {
    this.source = source;
  }

  /** UTF-8; not to be changed. */
  @SuppressWarnings("ReferenceEquality") // a newer copy is another object
  public synchronized byte[] bytes(MetricsFormat format) {
    AgentStatus latest = source.get();
    if (latest != of) {
      written.clear();
      of = latest;
    }
    return written.computeIfAbsent(format, wanted -> wanted.encode(metrics(latest, scrapes)));
  }

  ScrapeCounters scrapes() {
    return scrapes;
  }

  private static MetricSnapshots metrics(AgentStatus status, ScrapeCounters scrapes) {
    Families families = new Families();
    BoxMetrics.add(families, status);
    TunnelMetrics.add(families, status.tunnels(), status.events());
    EventMetrics.add(families, status);
    ProcessMetrics.add(families);
    families.reasons(
        "twinspan_metrics_requests",
        "Requests for metrics over HTTP, by what came of them.",
        List.of(scrapes),
        _ -> Labels.EMPTY,
        ScrapeCounters::byReason);
    return families.snapshots();
  }
}
