package dev.twinspan.agent.metrics;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How metrics are written down. */
public enum MetricsFormat {
  /** Prometheus' text format, version 0.0.4. */
  TEXT(PrometheusTextFormatWriter.create()),
  /** OpenMetrics 1.0. */
  OPEN_METRICS(OpenMetricsTextFormatWriter.create());

  private static final String OPEN_METRICS_TYPE = "application/openmetrics-text";

  private final ExpositionFormatWriter writer;

  MetricsFormat(ExpositionFormatWriter writer) {
    this.writer = writer;
  }

  public String contentType() {
    return writer.getContentType();
  }

  byte[] encode(MetricSnapshots metrics) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(16 << 10);
    try {
      writer.write(out, metrics, EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * What a client prefers (RFC 9110 section 12.5.1): OpenMetrics where it is asked for by name and
   * at least as welcome as plain text, which everybody else gets.
   *
   * @param accept the header; null: there was none
   */
  public static MetricsFormat preferred(@Nullable String accept) {
    if (accept == null) {
      return TEXT;
    }
    double open = 0;
    double text = 0;
    for (String range : accept.split(",", -1)) {
      String[] parts = range.split(";", -1);
      switch (parts[0].strip().toLowerCase(Locale.ROOT)) {
        case OPEN_METRICS_TYPE -> open = Math.max(open, weight(parts));
        case "text/plain", "text/*", "*/*" -> text = Math.max(text, weight(parts));
        default -> {} // what we do not have
      }
    }
    return open > 0 && open >= text ? OPEN_METRICS : TEXT;
  }

  /** 0 to 1; of what is no number: 0. */
  private static double weight(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip().toLowerCase(Locale.ROOT);
      if (parameter.startsWith("q=")) {
        String number = parameter.substring(2);
        return number.matches("[01](\\.[0-9]{0,3})?") ? Math.min(1, Double.parseDouble(number)) : 0;
      }
    }
    return 1;
  }
}
