package dev.twinspan.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConfigFixture;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.status.RecordingAgent;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.StatusReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sun.misc.Signal;

/** With real signals to this process and a real socket. */
@Timeout(180)
class SupervisorTest {
  private static final int SIGHUP = 1;
  private static final int SIGINT = 2;

  @TempDir Path folder;
  private ConfigFixture file;
  private RecordingAgent agent;
  private Path socket;
  private final CompletableFuture<Void> failure = new CompletableFuture<>();

  @BeforeEach
  void configure() {
    file = new ConfigFixture(folder);
    AgentConfig config = file.read().config();
    agent = new RecordingAgent(config);
    socket = folder.resolve("s.sock");
  }

  private interface Step {
    void run(StatusClient client) throws Exception;
  }

  private int supervised(Step step) throws Exception {
    Supervisor supervisor = new Supervisor(agent, failure, file.write());
    FutureTask<Integer> exitCode = new FutureTask<>(() -> supervisor.run(socket));
    Thread.ofPlatform().daemon().start(exitCode);
    await(() -> Files.exists(socket));
    step.run(new StatusClient(socket));
    return exitCode.get(60, TimeUnit.SECONDS);
  }

  /** The JVM leaves alone a signal that was ignored when it started. */
  private static boolean ignored(int signal) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String mask = lines.filter(line -> line.startsWith("SigIgn:")).findFirst().orElseThrow();
      return (Long.parseUnsignedLong(mask.split("\\s+")[1], 16) & 1L << signal - 1) != 0;
    }
  }

  private static void await(BooleanSupplier condition) {
    Await.orThrow(Duration.ofSeconds(60), condition, "what was asked for", () -> "not yet");
  }

  @Test
  void shouldEndWithSuccessOnSigterm() throws Exception {
    assertThat(supervised(client -> Signal.raise(new Signal("TERM")))).isZero();
    assertThat(socket).doesNotExist();
  }

  @Test
  void shouldEndWithSuccessOnCtrlC() throws Exception {
    assumeThat(ignored(SIGINT))
        .as("SIGINT is ignored from birth, as a shell does to what it starts with &")
        .isFalse();
    assertThat(supervised(client -> Signal.raise(new Signal("INT")))).isZero();
  }

  @Test
  void shouldTakeUpTheConfigurationOnSighup() throws Exception {
    assumeThat(ignored(SIGHUP))
        .as("SIGHUP is ignored from birth, as nohup does to what it starts")
        .isFalse();
    int exitCode =
        supervised(
            client -> {
              file.with("  site: lyon", "  site: paris").write();
              Signal.raise(new Signal("HUP"));
              await(() -> agent.config().device().site().equals("paris"));
              Signal.raise(new Signal("TERM"));
            });

    assertThat(exitCode).isZero();
    assertThat(agent.asked()).containsExactly("apply");
  }

  @Test
  void shouldAnswerAReloadThatWasAskedForByHttp() throws Exception {
    supervised(
        client -> {
          assertThat(StatusReader.result(client.post("/v1/reload").body()))
              .isEqualTo(ControlResult.accepted("apply under way"));
          Signal.raise(new Signal("TERM"));
        });
  }

  @Test
  void shouldChangeNothingWhenTheConfigurationIsWrong() throws Exception {
    supervised(
        client -> {
          file.with("asn: 65010", "asn: 65515").write();
          StatusClient.Answer answer = client.post("/v1/reload");
          assertThat(answer.code()).isEqualTo(409);
          assertThat(StatusReader.result(answer.body()).sentence())
              .startsWith("nothing changed, the configuration has errors:\n")
              .contains("bgp.asn: 65515 is an ASN reserved by Azure");
          Signal.raise(new Signal("TERM"));
        });

    assertThat(agent.asked()).isEmpty();
  }

  @Test
  void shouldFailWhenTheAgentFails() throws Exception {
    assertThat(
            supervised(
                client -> failure.completeExceptionally(new IllegalStateException("broken"))))
        .isEqualTo(1);
  }
}
