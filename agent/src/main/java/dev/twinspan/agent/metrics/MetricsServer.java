package dev.twinspan.agent.metrics;

import dev.twinspan.agent.http.HttpDoor;
import dev.twinspan.agent.http.HttpEndpoint;
import io.netty.channel.ChannelPipeline;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * {@code GET /metrics} over TCP, for Prometheus. Whoever reaches the address may read, and nothing
 * else. On the thread "metrics", which never asks the control loop for anything but its latest
 * copy.
 */
public final class MetricsServer implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 32;
  private static final int MAX_LINE = 1024;
  private static final int MAX_HEADERS = 8192;

  /** Prometheus itself waits 10 s. */
  private static final long MAX_MILLIS = 10_000;

  private final HttpDoor door;

  private MetricsServer(HttpDoor door) {
    this.door = door;
  }

  /**
   * @throws IOException when the address cannot be listened on
   */
  public static MetricsServer start(InetSocketAddress address, Exposition exposition)
      throws IOException {
    return start(address, exposition, MAX_MILLIS);
  }

  static MetricsServer start(InetSocketAddress address, Exposition exposition, long maxMillis)
      throws IOException {
    HttpDoor.Inside inside =
        new HttpDoor.Inside() {
          @Override
          public void add(ChannelPipeline pipeline) {
            pipeline.addLast(new MetricsRequests(exposition));
          }

          @Override
          public void refused() {
            exposition.scrapes().count(ScrapeCounters.Outcome.REFUSED);
          }
        };
    HttpDoor.Limits limits = new HttpDoor.Limits(MAX_CONNECTIONS, MAX_LINE, MAX_HEADERS, maxMillis);
    return new MetricsServer(HttpDoor.tcp("metrics", address, limits, inside));
  }

  /** One that follows the configuration. */
  public static HttpEndpoint endpoint(Exposition exposition) {
    return new HttpEndpoint(
        "metrics", MetricsRequests.PATH, address -> start(address, exposition)::close);
  }

  /** Where it listens, with the port that was given where 0 was asked for. */
  InetSocketAddress address() {
    return door.address();
  }

  @Override
  public void close() {
    door.close();
  }
}
