package dev.twinspan.agent.status;

import dev.twinspan.agent.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import tools.jackson.databind.JsonNode;

/**
 * Asks a running agent over its Unix socket. One connection per request: the agent's answers are
 * small, and so nothing is left open. Any thread; blocks up to the timeout.
 */
public final class StatusClient {
  private static final int MAX_ANSWER = 8 << 20;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final Path socket;

  public StatusClient(Path socket) {
    this.socket = socket;
  }

  /** The agent cannot be asked; the message is the sentence for the operator. */
  public static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreachable(String message) {
      super(message);
    }
  }

  /**
   * @param code HTTP status
   */
  public record Answer(int code, JsonNode body) {
    public boolean ok() {
      return code == 200;
    }
  }

  private record Text(int code, String body) {}

  public AgentStatus status() throws Unreachable {
    try {
      Answer answer = get("/v1/status");
      if (!answer.ok()) {
        throw new Unreachable("%s answers %d".formatted(socket, answer.code()));
      }
      return StatusReader.status(answer.body());
    } catch (Json.Malformed e) {
      throw new Unreachable("%s answers something else: %s".formatted(socket, e.getMessage()));
    }
  }

  /**
   * As metrics.
   *
   * @param type of the format wanted, as in {@code Accept}
   */
  public String metrics(String type) throws Unreachable {
    try {
      Text answer = text(ask("GET /v1/metrics", "Accept: " + type + "\r\n"));
      if (answer.code() != 200) {
        throw new Unreachable(
            "the agent on %s has no metrics: it is older than this program; restart it"
                .formatted(socket));
      }
      return answer.body();
    } catch (Json.Malformed e) {
      throw new Unreachable("%s answers something else: %s".formatted(socket, e.getMessage()));
    }
  }

  public Answer get(String path) throws Unreachable {
    return json("GET " + path);
  }

  public Answer post(String path) throws Unreachable {
    return json("POST " + path);
  }

  private byte[] ask(String line, String headers) throws Unreachable {
    String request =
        line
            + " HTTP/1.1\r\nHost: twinspan\r\nContent-Length: 0\r\nConnection: close\r\n"
            + headers
            + "\r\n";
    try {
      return exchange(request.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new Unreachable(why(e));
    }
  }

  private Answer json(String line) throws Unreachable {
    try {
      Text answer = text(ask(line, ""));
      return new Answer(answer.code(), Json.parse(answer.body()));
    } catch (Json.Malformed e) {
      throw new Unreachable("%s answers something else: %s".formatted(socket, e.getMessage()));
    }
  }

  /** What to do about a socket that cannot be used. */
  public String why(IOException e) {
    if (!Files.exists(socket)) {
      return "no agent listens on %s: start it with `twinspan up`, or name its socket with --socket"
          .formatted(socket);
    }
    if (!Files.isWritable(socket)) {
      return "%s may not be used by user %s: run as root, or as a member of the socket's group"
          .formatted(socket, System.getProperty("user.name"));
    }
    return "the agent on %s does not answer: %s".formatted(socket, e.getMessage());
  }

  private byte[] exchange(byte[] request) throws IOException {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = Selector.open()) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_WRITE);
      ByteBuffer out = ByteBuffer.wrap(request);
      ByteBuffer in = ByteBuffer.allocate(64 << 10);
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      while (true) {
        if (out.hasRemaining()) {
          channel.write(out);
        } else {
          key.interestOps(SelectionKey.OP_READ);
        }
        int got = channel.read(in);
        if (got < 0) {
          return answer.toByteArray();
        }
        answer.write(in.array(), 0, got);
        in.clear();
        if (answer.size() > MAX_ANSWER) {
          throw new IOException("more than " + MAX_ANSWER + " bytes");
        }
        if (got == 0) {
          await(selector, deadline);
        }
      }
    }
  }

  private static void await(Selector selector, long deadline) throws IOException {
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0 || selector.select(millis) == 0) {
      throw new IOException("no answer within " + TIMEOUT.toSeconds() + " s");
    }
    selector.selectedKeys().clear();
  }

  /** RFC 9112 as far as our server uses it: one answer with a length, then the end. */
  private static Text text(byte[] bytes) throws Json.Malformed {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int body = text.indexOf("\r\n\r\n");
    if (!text.startsWith("HTTP/1.1 ") || body < 0 || text.length() < 12) {
      throw new Json.Malformed("no HTTP answer");
    }
    try {
      return new Text(Integer.parseInt(text.substring(9, 12)), text.substring(body + 4));
    } catch (NumberFormatException e) {
      throw new Json.Malformed("no HTTP answer");
    }
  }
}
