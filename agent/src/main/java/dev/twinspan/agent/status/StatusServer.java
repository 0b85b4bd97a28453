package dev.twinspan.agent.status;

import dev.twinspan.agent.http.HttpDoor;
import dev.twinspan.agent.metrics.Exposition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/JSON over a Unix socket, for {@code twinspan status} and {@code tunnel}; {@code curl
 * --unix-socket} works too. Whoever may write to the socket (mode 0660) may command the agent.
 *
 * <pre>
 * GET  /v1/status                        {@link StatusWriter}
 * GET  /v1/metrics                       {@link Exposition}; OpenMetrics where it is accepted
 * GET  /v1/config                        the configuration in force, secrets masked
 * POST /v1/tunnels/{connection}/{instance}/reset
 * POST /v1/tunnels/{connection}/{instance}/rekey?what=child|ike
 * POST /v1/capture?tunnel=…&esp=…        {@link CaptureFlow}
 * POST /v1/reload
 * GET  /v1/update                        how far an update of the image is
 * POST /v1/update?url=…&sha256=…&size=…&force=…    {@link LocalUpdates}
 * </pre>
 *
 * <p>One thread of its own, "status": parses requests, asks {@link AgentControl} by messages,
 * writes answers. Nothing here waits for the control loop, and nothing the control loop does waits
 * for it.
 */
public final class StatusServer implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 32;
  private static final int MAX_LINE = 8192;
  private static final int MAX_HEADERS = 8192;
  private static final int MAX_BODY = 4096;

  /** A request and its answer take a moment; a client that drips bytes is cut off. */
  private static final long MAX_MILLIS = 15_000;

  private final Path path;
  private final HttpDoor door;
  private boolean closed;

  private StatusServer(Path path, HttpDoor door) {
    this.path = path;
    this.door = door;
  }

  /**
   * Tells whether another agent answers there already.
   *
   * @throws IOException with one sentence when it does
   */
  public static void refuseIfTaken(Path path) throws IOException {
    StatusSocket.refuseIfTaken(path);
  }

  /**
   * @param reload reads the configuration again and applies it
   * @throws IOException with one sentence for the operator
   */
  public static StatusServer start(
      Path path, AgentControl control, Supplier<CompletableFuture<ControlResult>> reload)
      throws IOException {
    return start(path, control, reload, new Exposition(control::status), null);
  }

  /**
   * @param reload reads the configuration again and applies it
   * @param metrics what is told at {@code /v1/metrics}
   * @param updates null: this machine has no image that could be updated
   * @throws IOException with one sentence for the operator
   */
  public static StatusServer start(
      Path path,
      AgentControl control,
      Supplier<CompletableFuture<ControlResult>> reload,
      Exposition metrics,
      @Nullable LocalUpdates updates)
      throws IOException {
    HttpDoor.Limits limits =
        new HttpDoor.Limits(MAX_CONNECTIONS, MAX_LINE, MAX_HEADERS, MAX_MILLIS);
    HttpDoor.Inside inside =
        pipeline ->
            pipeline
                .addLast(new WholeRequest(MAX_BODY))
                .addLast(new StatusRequests(control, reload, metrics, updates));
    try {
      return new StatusServer(
          path,
          HttpDoor.unix("status", bootstrap -> StatusSocket.bind(bootstrap, path), limits, inside));
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("status.socket %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  /** Stops listening and takes the socket away. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    door.close();
    Files.deleteIfExists(path);
  }
}
