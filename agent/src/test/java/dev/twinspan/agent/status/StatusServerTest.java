package dev.twinspan.agent.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.config.ConfigFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Server and client over a real Unix socket. */
@Timeout(180)
class StatusServerTest {
  @TempDir Path folder;
  private Path socket;
  private RecordingAgent agent;
  private StatusServer server;
  private StatusClient client;

  @BeforeEach
  void start() throws IOException {
    socket = folder.resolve("run/twinspan.sock");
    agent = new RecordingAgent(new ConfigFixture(folder).read().config());
    server = StatusServer.start(socket, agent, () -> agent.apply(agent.config()));
    client = new StatusClient(socket);
  }

  @AfterEach
  void stop() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void shouldTellTheStatus() throws Exception {
    assertThat(client.status()).isEqualTo(StatusFixture.both(10));
  }

  @Test
  void shouldTellTheConfigurationWithoutItsSecrets() throws Exception {
    StatusClient.Answer answer = client.get("/v1/config");

    assertThat(answer.ok()).isTrue();
    assertThat(answer.body().at("/connections/0/name").asString()).isEqualTo("hub-weu");
    assertThat(answer.body().at("/connections/0/psk/key").asString()).isEqualTo("***");
    assertThat(answer.body().toString()).doesNotContain("Correct+Horse");
  }

  @Test
  void shouldTellATunnelsMessages() throws Exception {
    StatusClient.Answer answer = client.get("/v1/tunnels/hub-weu/in0/trace");
    assertThat(answer.ok()).isTrue();
    assertThat(TraceJson.read(answer.body())).isEqualTo(agent.trace("hub-weu/in0", 0).get());
    assertThat(answer.body().at("/messages/0/initiatorSpi").asString())
        .isEqualTo("1122334455667788");
    assertThat(TraceJson.read(client.get("/v1/tunnels/hub-weu/in0/trace?after=7").body()))
        .isEmpty();
    assertThat(client.get("/v1/tunnels/hub-weu/in0/trace?after=x").code()).isEqualTo(400);
    assertThat(client.get("/v1/tunnels/hub-weu/in9/trace").code()).isEqualTo(404);
    assertThat(client.post("/v1/tunnels/hub-weu/in0/trace").code()).isEqualTo(405);
  }

  @Test
  void shouldHandCommandsOn() throws Exception {
    assertThat(StatusReader.result(client.post("/v1/tunnels/hub-weu/in0/drain").body()))
        .isEqualTo(ControlResult.accepted("drain hub-weu/in0 under way"));
    assertThat(StatusReader.result(client.post("/v1/tunnels/hub-weu/in0/undrain").body()))
        .isEqualTo(ControlResult.accepted("undrain hub-weu/in0 under way"));
    assertThat(StatusReader.result(client.post("/v1/tunnels/hub-weu/in0/reset").body()))
        .isEqualTo(ControlResult.accepted("reset hub-weu/in0 under way"));
    assertThat(client.post("/v1/tunnels/hub-weu/in1/rekey").ok()).isTrue();
    assertThat(client.post("/v1/tunnels/hub-weu/in1/rekey?what=child").ok()).isTrue();
    assertThat(client.post("/v1/reload").ok()).isTrue();
    assertThat(client.post("/v1/tunnels/hub-weu/in1/drill").ok()).isTrue();
    assertThat(client.post("/v1/drill").ok()).isTrue();

    assertThat(agent.asked())
        .containsExactly(
            "drain hub-weu/in0",
            "undrain hub-weu/in0",
            "reset hub-weu/in0",
            "rekey hub-weu/in1",
            "rekey hub-weu/in1",
            "apply",
            "drill hub-weu/in1",
            "drill ");
  }

  @Test
  void shouldTellWhyACommandWasRefused() throws Exception {
    StatusClient.Answer answer = client.post("/v1/tunnels/hub-weu/in0/rekey?what=ike");

    assertThat(answer.code()).isEqualTo(409);
    assertThat(StatusReader.result(answer.body()).sentence())
        .isEqualTo("hub-weu/in0 is not established");
  }

  @Test
  void shouldNameTheNearestTunnelForAnUnknownOne() throws Exception {
    StatusClient.Answer answer = client.post("/v1/tunnels/hub-weu/in2/reset");

    assertThat(answer.code()).isEqualTo(404);
    assertThat(StatusReader.result(answer.body()))
        .isEqualTo(
            ControlResult.refused(
                "unknown-tunnel", "no tunnel is named \"hub-weu/in2\", did you mean hub-weu/in0?"));
    assertThat(StatusReader.result(client.post("/v1/tunnels/foo/reset").body()).sentence())
        .isEqualTo("no tunnel is named \"foo\", there are hub-weu/in0, hub-weu/in1");
  }

  @Test
  void shouldBeForOwnerAndGroupOnly() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-rw----");
    try (var left = Files.list(socket.getParent())) {
      assertThat(left).containsExactly(socket);
    }
  }

  @Test
  void shouldTakeItsSocketAwayAtTheEnd() throws IOException {
    server.close();

    assertThat(socket).doesNotExist();
  }

  @Test
  void shouldReplaceASocketThatACrashLeft() throws Exception {
    Path stale = folder.resolve("stale.sock");
    try (ServerSocketChannel crashed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      crashed.bind(UnixDomainSocketAddress.of(stale));
    }
    assertThat(stale).exists();

    try (StatusServer _ = StatusServer.start(stale, agent, () -> agent.apply(agent.config()))) {
      assertThat(new StatusClient(stale).status().device()).isEqualTo("branch-0017");
    }
  }

  @Test
  void shouldRefuseASocketThatIsAnswered() {
    assertThatThrownBy(() -> StatusServer.start(socket, agent, () -> agent.apply(agent.config())))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "another agent answers on " + socket + ": stop it, or set another status.socket");
  }

  @Test
  void shouldNotReplaceAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("precious"), "data");

    assertThatThrownBy(() -> StatusServer.start(file, agent, () -> agent.apply(agent.config())))
        .hasMessage(
            "status.socket " + file + " is there and is no socket: remove it, or set another path");
    assertThat(file).hasContent("data");
  }

  @Test
  void shouldRefuseAPathThatIsTooLong() {
    Path path = folder.resolve("x".repeat(100));

    assertThatThrownBy(() -> StatusServer.start(path, agent, () -> agent.apply(agent.config())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is too long for a Unix socket");
  }

  @Test
  void shouldSayThatNoAgentListens() {
    assertThatThrownBy(() -> new StatusClient(folder.resolve("nowhere.sock")).status())
        .isInstanceOf(StatusClient.Unreachable.class)
        .hasMessage(
            "no agent listens on "
                + folder.resolve("nowhere.sock")
                + ": start it with `twinspan up`, or name its socket with --socket");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /v1/nothing HTTP/1.1\r\n\r\n#404",
        "GET / HTTP/1.1\r\n\r\n#404",
        "POST /v1/metrics HTTP/1.1\r\nContent-Length: 0\r\n\r\n#405",
        "POST /v1/status HTTP/1.1\r\nContent-Length: 0\r\n\r\n#405",
        "DELETE /v1/tunnels/hub-weu/in0/reset HTTP/1.1\r\nContent-Length: 0\r\n\r\n#405",
        "GET /v1/reload HTTP/1.1\r\n\r\n#405",
        "POST /v1/tunnels/hub-weu/in0/rekey?what=all HTTP/1.1\r\nContent-Length: 0\r\n\r\n#400",
        "POST /v1/tunnels/hub-weu/in0/explode HTTP/1.1\r\nContent-Length: 0\r\n\r\n#404",
        "POST /v1/tunnels/%2e%2e%2f/reset HTTP/1.1\r\nContent-Length: 0\r\n\r\n#404",
        "POST /v1/tunnels/%zz/reset HTTP/1.1\r\nContent-Length: 0\r\n\r\n#400",
        "POST /v1/reload HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n#413",
        "POST /v1/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n#400",
        "nonsense\r\n\r\n#400",
        "GET /v1/status HTTP/9.9\r\n\r\n#200",
      })
  void shouldAnswerWhatIsWrongWithTheRightCode(String exchange) throws IOException {
    String[] parts = exchange.split("#", -1);

    assertThat(exchange(parts[0].getBytes(StandardCharsets.ISO_8859_1)))
        .startsWith("HTTP/1.1 " + parts[1]);
    assertThat(agent.asked()).isEmpty();
  }

  @Test
  void shouldSurviveHugeAndRandomRequests() throws Exception {
    exchange(
        ("GET /" + "a".repeat(100_000) + " HTTP/1.1\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    exchange(
        ("GET /v1/status HTTP/1.1\r\n" + "X: y\r\n".repeat(20_000) + "\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    Random random = new Random(3);
    byte[] valid =
        "POST /v1/tunnels/hub-weu/in9/rekey?what=child HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    for (int round = 0; round < 300; round++) {
      byte[] request = valid.clone();
      for (int i = 0; i < 4; i++) {
        request[random.nextInt(request.length)] = (byte) random.nextInt(256);
      }
      write(request);
    }

    assertThat(client.status().device()).isEqualTo("branch-0017");
  }

  @Test
  void shouldAnswerEverybodyUpToItsLimitAndGoOnAfterwards() throws Exception {
    List<SocketChannel> idle = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(socket));
      idle.add(channel);
    }
    int closedByServer = 0;
    for (SocketChannel channel : idle.subList(40, 100)) {
      // Those past the limit are closed at once; this read ends with the end of the stream.
      if (channel.read(ByteBuffer.allocate(1)) < 0) {
        closedByServer++;
      }
    }
    assertThat(closedByServer).isEqualTo(60);
    for (SocketChannel channel : idle) {
      channel.close();
    }

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<AgentStatus>> answers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        answers.add(threads.submit(() -> patiently()));
      }
      for (Future<AgentStatus> answer : answers) {
        assertThat(answer.get().device()).isEqualTo("branch-0017");
      }
    }
  }

  /** The server learns that clients have gone a moment later: until then it may refuse. */
  private AgentStatus patiently() throws StatusClient.Unreachable {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (true) {
      try {
        return client.status();
      } catch (StatusClient.Unreachable e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
      }
    }
  }

  private void write(byte[] request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap(request));
    }
  }

  private String exchange(byte[] request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      try {
        ByteBuffer out = ByteBuffer.wrap(request);
        while (out.hasRemaining()) {
          channel.write(out);
        }
        ByteBuffer in = ByteBuffer.allocate(4096);
        while (channel.read(in.clear()) >= 0) {
          answer.write(in.array(), 0, in.position());
        }
      } catch (IOException e) {
        // The server may close before all of an oversized request is written.
        assertThat(e).hasMessageMatching("(?i).*(broken pipe|connection reset).*");
      }
      return answer.toString(StandardCharsets.UTF_8);
    }
  }
}
