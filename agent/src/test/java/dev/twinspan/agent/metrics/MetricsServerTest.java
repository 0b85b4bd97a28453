package dev.twinspan.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.config.ListenConfig;
import dev.twinspan.agent.http.HttpEndpoint;
import dev.twinspan.agent.metrics.ScrapeCounters.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Over TCP on this machine. */
@Timeout(180)
class MetricsServerTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  /** So that a slow machine cuts nobody off whom the test still wants. */
  private static final long PATIENT_MILLIS = 60_000;

  private final Exposition exposition = new Exposition(() -> FullStatus.at(20));
  private MetricsServer server;

  @BeforeEach
  void start() throws IOException {
    server = MetricsServer.start(new InetSocketAddress(HERE, 0), exposition, PATIENT_MILLIS);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private String exchange(String request) throws IOException {
    try (Socket socket = new Socket(HERE, server.address().getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("the time it takes").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void shouldAnswerInTheFormatThatIsPreferred() throws IOException {
    String text = exchange("GET /metrics HTTP/1.1\r\nHost: box\r\n\r\n");
    assertThat(text)
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n")
        .contains("connection: close\r\n")
        .contains("twinspan_tunnel_up{connection=\"hub-weu\",tunnel=\"hub-weu/in0\"} 1");
    String open =
        exchange(
            "GET /metrics?x=y HTTP/1.1\r\nHost: box\r\n"
                + "Accept: application/openmetrics-text;version=1.0.0,*/*;q=0.1\r\n\r\n");
    assertThat(open)
        .contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n")
        .endsWith("# EOF\n");
    assertThat(exposition.scrapes().get(Outcome.ANSWERED)).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "POST /metrics HTTP/1.1, 405, BAD_METHOD",
    "HEAD /metrics HTTP/1.1, 405, BAD_METHOD",
    "GET / HTTP/1.1, 404, UNKNOWN_PATH",
    "GET /metrics/../etc HTTP/1.1, 404, UNKNOWN_PATH",
    "GET /%zz HTTP/1.1, 404, UNKNOWN_PATH",
    "GET /v1/status HTTP/1.1, 404, UNKNOWN_PATH",
    "nonsense, 400, MALFORMED",
  })
  void shouldCountWhatItRefuses(String line, int code, Outcome outcome) throws IOException {
    assertThat(exchange(line + "\r\nHost: box\r\n\r\n")).startsWith("HTTP/1.1 " + code);
    assertThat(exposition.scrapes().get(outcome)).isEqualTo(1);
    assertThat(exposition.scrapes().get(Outcome.ANSWERED)).isZero();
  }

  @Test
  void shouldTakeNoLongLinesNorManyHeaders() throws IOException {
    for (String request :
        List.of(
            "GET /" + "a".repeat(5_000) + " HTTP/1.1\r\n\r\n",
            "GET /metrics HTTP/1.1\r\n" + "X: y\r\n".repeat(5_000) + "\r\n")) {
      try {
        assertThat(exchange(request)).startsWith("HTTP/1.1 400");
      } catch (IOException hungUp) {
        // Cut off while we were still sending: as good.
        assertThat(hungUp).isNotNull();
      }
    }
    await(() -> exposition.scrapes().get(Outcome.MALFORMED) == 2);
  }

  @Test
  void shouldSurviveRandomRequests() throws IOException {
    Random random = new Random(5);
    byte[] valid =
        "GET /metrics HTTP/1.1\r\nAccept: text/plain;q=0.5\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    for (int round = 0; round < 300; round++) {
      byte[] request = valid.clone();
      for (int i = 0; i < 4; i++) {
        request[random.nextInt(request.length)] = (byte) random.nextInt(256);
      }
      try (Socket socket = new Socket(HERE, server.address().getPort())) {
        socket.getOutputStream().write(request);
      }
    }
    // It learns that clients have gone a moment later: until then it may refuse.
    await(() -> answers(server.address().getPort()));
    assertThat(exposition.scrapes().get(Outcome.MALFORMED)).isPositive();
  }

  @Test
  void shouldBoundConnectionsAndGoOnAfterwards() throws IOException {
    List<Socket> idle = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      idle.add(new Socket(HERE, server.address().getPort()));
    }
    await(() -> exposition.scrapes().get(Outcome.REFUSED) == 8);
    for (Socket socket : idle) {
      socket.close();
    }
    await(() -> exposition.scrapes().get(Outcome.INCOMPLETE) == 32);
    await(() -> answers(server.address().getPort()));
  }

  @Test
  void shouldCutOffWhoDripsBytes() throws IOException {
    try (MetricsServer hasty =
            MetricsServer.start(new InetSocketAddress(HERE, 0), exposition, 100);
        Socket socket = new Socket(HERE, hasty.address().getPort())) {
      socket.getOutputStream().write("GET /met".getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().read()).isNegative();
      await(() -> exposition.scrapes().get(Outcome.INCOMPLETE) == 1);
    }
  }

  @Test
  void shouldSayWhyItCannotListen() {
    assertThatThrownBy(() -> MetricsServer.start(server.address(), exposition))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("in use");
  }

  /** As a reload does, and as an address that somebody else had when the agent started. */
  @Test
  void shouldFollowTheConfiguration() throws IOException {
    int port;
    try (HttpEndpoint endpoint = MetricsServer.endpoint(exposition)) {
      ListenConfig wanted;
      try (ServerSocket other = new ServerSocket(0, 1, HERE)) {
        port = other.getLocalPort();
        wanted = new ListenConfig(HERE, port);
        endpoint.follow(wanted);
        endpoint.follow(wanted);
      }
      awaitServed(endpoint, wanted);
      endpoint.follow(null);
      assertThat(answers(port)).isFalse();
      awaitServed(endpoint, wanted);
    }
    assertThat(answers(port)).isFalse();
  }

  private static void awaitServed(HttpEndpoint endpoint, ListenConfig wanted) {
    await(
        () -> {
          endpoint.follow(wanted);
          return answers(wanted.port());
        });
  }

  private static boolean answers(int port) {
    try (Socket socket = new Socket(HERE, port)) {
      socket
          .getOutputStream()
          .write("GET /metrics HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
          .startsWith("HTTP/1.1 200");
    } catch (IOException _) {
      return false;
    }
  }
}
