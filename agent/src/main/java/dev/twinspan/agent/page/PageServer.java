package dev.twinspan.agent.page;

import dev.twinspan.agent.http.HttpDoor;
import dev.twinspan.agent.http.HttpEndpoint;
import dev.twinspan.agent.status.AgentStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.Supplier;

/** Serves a page over HTTP, to be read and nothing else. On the thread "page". */
public final class PageServer implements AutoCloseable {
  /** A browser opens six at a time. */
  private static final int MAX_CONNECTIONS = 96;

  private static final int MAX_LINE = 1024;
  private static final int MAX_HEADERS = 16_384;
  private static final long MAX_MILLIS = 30_000;

  private final HttpDoor door;

  private PageServer(HttpDoor door) {
    this.door = door;
  }

  /**
   * @throws IOException when the address cannot be listened on
   */
  public static PageServer start(InetSocketAddress address, PageSite site) throws IOException {
    HttpDoor.Limits limits =
        new HttpDoor.Limits(MAX_CONNECTIONS, MAX_LINE, MAX_HEADERS, MAX_MILLIS);
    return new PageServer(
        HttpDoor.tcp(
            "page", address, limits, pipeline -> pipeline.addLast(new PageRequests(site))));
  }

  /** A box's own page, which follows the configuration. */
  public static HttpEndpoint endpoint(Supplier<AgentStatus> status) {
    PageSite site = PageSite.box(status);
    return new HttpEndpoint(
        "page",
        "/",
        address -> {
          if (!site.missing().isEmpty()) {
            throw new IOException("this agent was built without " + site.missing());
          }
          return start(address, site)::close;
        });
  }

  /** Where it listens, with the port that was given where 0 was asked for. */
  public InetSocketAddress address() {
    return door.address();
  }

  @Override
  public void close() {
    door.close();
  }
}
