package dev.twinspan.agent.http;

import dev.twinspan.agent.config.ListenConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a server where the configuration wants it. An address that cannot be listened on keeps no
 * tunnel down: it is tried again until it can, since the LAN's interface may come up after the
 * agent. For one thread at a time.
 */
public final class HttpEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoint.class);

  private final String what;
  private final String path;
  private final Opener opener;
  private @Nullable ListenConfig wanted;
  private @Nullable Runnable closer;
  private String complaint = "";

  /** Starts a server. */
  public interface Opener {
    /** Returns what stops it. */
    Runnable open(InetSocketAddress address) throws IOException;
  }

  /**
   * @param what is served: the section of the configuration, whose key is {@code listen}
   * @param path where
   */
  public HttpEndpoint(String what, String path, Opener opener) {
    this.what = what;
    this.path = path;
    this.opener = opener;
  }

  /**
   * Called now and then, about once a second, with what is configured.
   *
   * @param next null: nothing is served
   */
  public void follow(@Nullable ListenConfig next) {
    if (!Objects.equals(next, wanted)) {
      close();
      wanted = next;
      complaint = "";
    }
    if (next == null || closer != null) {
      return;
    }
    try {
      closer = opener.open(next.socketAddress());
      LOG.info("{} on http://{}{}", what, next, path);
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage());
      if (!why.equals(complaint)) {
        LOG.error(
            "{}.listen {}: {}; it is tried again each second: set an address of this box and a port"
                + " that nobody has",
            what,
            next,
            why);
        complaint = why;
      }
    }
  }

  @Override
  public void close() {
    if (closer != null) {
      closer.run();
      closer = null;
    }
  }
}
