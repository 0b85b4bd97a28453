package dev.twinspan.agent.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.agent.capture.Capture;
import dev.twinspan.agent.capture.CaptureClient;
import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.rehearse.netns.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A capture over a real Unix socket. */
@Timeout(180)
class CaptureFlowTest {
  private static final InetSocketAddress HERE = new InetSocketAddress("198.51.100.7", 4500);
  private static final InetSocketAddress THERE = new InetSocketAddress("203.0.113.10", 4500);

  @TempDir Path folder;
  private Path socket;
  private RecordingAgent agent;
  private StatusServer server;

  @BeforeEach
  void start() throws IOException {
    socket = folder.resolve("run/twinspan.sock");
    agent = new RecordingAgent(new ConfigFixture(folder).read().config());
    server = StatusServer.start(socket, agent, () -> agent.apply(agent.config()));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private Capture started() {
    return Objects.requireNonNull(agent.capture);
  }

  private void packets(int count) {
    for (int i = 0; i < count; i++) {
      started().ike(true, 0, HERE, THERE, new byte[400], System.nanoTime());
    }
  }

  @Test
  void shouldStreamUntilItsLimit() throws Exception {
    try (CaptureClient client = CaptureClient.start(socket, "esp=true&packets=500")) {
      assertThat(started().request().user()).isEqualTo(System.getProperty("user.name"));
      assertThat(agent.asked()).containsExactly("capture null: IKE, ESP");
      packets(600);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      assertThat(client.copy(out, null, () -> {})).isTrue();
      assertThat(client.counts().packets()).isEqualTo(500);
      assertThat(out.size()).isGreaterThan(500 * 400);
      assertThat(started().ended()).isEqualTo("it has its packets");
    }
  }

  /** What was captured before Ctrl-C is in the file. */
  @Test
  void shouldStillSendWhatIsOnItsWayToAClientThatHasEnough() throws Exception {
    try (CaptureClient client = CaptureClient.start(socket, "")) {
      packets(700);
      client.stop();
      assertThat(client.copy(new ByteArrayOutputStream(), null, () -> {})).isTrue();
      assertThat(client.counts().packets()).isEqualTo(700);
      assertThat(started().ended()).isEqualTo("its client has enough");
    }
  }

  @Test
  void shouldEndWhenItsClientGoesAway() throws Exception {
    CaptureClient client = CaptureClient.start(socket, "");
    client.close();
    Await.orThrow(
        Duration.ofMinutes(1), () -> started().ended() != null, "its end", () -> "it runs");
  }

  /** What a client does not take stays in rings of fixed size. */
  @Test
  void shouldDropInsteadOfGrowingForAClientThatTakesNothing() throws Exception {
    try (CaptureClient _ = CaptureClient.start(socket, "")) {
      Await.orThrow(
          Duration.ofMinutes(1),
          () -> {
            packets(1000);
            return started().dropped() > 0;
          },
          "drops",
          () -> "none");
      assertThat(started().ended()).isNull();
    }
  }

  @Test
  void shouldRefuseWhatMakesNoSense() {
    assertThatThrownBy(() -> CaptureClient.start(socket, "tunnel=hub-weu/in7"))
        .isInstanceOf(CaptureClient.Refused.class)
        .hasMessageContaining("hub-weu/in0");
    assertThatThrownBy(() -> CaptureClient.start(socket, "seconds=0"))
        .hasMessageContaining("seconds=0, expected 1 to 86400");
    assertThatThrownBy(() -> CaptureClient.start(socket, "snap=x"))
        .hasMessageContaining("snap=x, expected 1 to 65535");
    assertThatThrownBy(() -> CaptureClient.start(socket, "esp=maybe"))
        .hasMessageContaining("expected esp=true or esp=false");
    assertThatThrownBy(() -> CaptureClient.start(socket, "scent=1"))
        .hasMessageContaining("unknown parameter scent");
    assertThat(agent.asked()).isEmpty();
  }
}
