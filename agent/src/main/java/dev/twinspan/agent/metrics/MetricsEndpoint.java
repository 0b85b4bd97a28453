package dev.twinspan.agent.metrics;

import dev.twinspan.agent.config.MetricsConfig;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the metrics' server where the configuration wants it. An address that cannot be listened on
 * keeps no tunnel down: it is tried again until it can, since the LAN's interface may come up after
 * the agent. For one thread at a time.
 */
public final class MetricsEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsEndpoint.class);

  private final Exposition exposition;
  private @Nullable MetricsConfig wanted;
  private @Nullable MetricsServer server;
  private String complaint = "";

  public MetricsEndpoint(Exposition exposition) {
    this.exposition = exposition;
  }

  /**
   * Called now and then, about once a second, with what is configured.
   *
   * @param next null: no metrics are served
   */
  public void follow(@Nullable MetricsConfig next) {
    if (!Objects.equals(next, wanted)) {
      close();
      wanted = next;
      complaint = "";
    }
    if (next == null || server != null) {
      return;
    }
    try {
      server = MetricsServer.start(next.socketAddress(), exposition);
      LOG.info("metrics on http://{}{}", next, MetricsRequests.PATH);
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage());
      if (!why.equals(complaint)) {
        LOG.error(
            "metrics.listen {}: {}; it is tried again each second: set an address of this box and a"
                + " port that nobody has",
            next,
            why);
        complaint = why;
      }
    }
  }

  @Override
  public void close() {
    if (server != null) {
      server.close();
      server = null;
    }
  }
}
