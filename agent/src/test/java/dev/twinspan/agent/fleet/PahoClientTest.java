package dev.twinspan.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.config.FleetTls;
import dev.twinspan.agent.fleet.FaultyBroker.Fault;
import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.rehearse.netns.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Paho as it is, against a listener that breaks off at each stage of a connection. Not mosquitto:
 * it can be restarted, but not be made to fail between the stages, and each restart of it would
 * cost more than a hundred of these.
 */
@ParameterizedClass(name = "fips: {0}")
@ValueSource(booleans = {false, true})
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PahoClientTest {
  /** Its mode stays with the thread of a test, which is therefore no other test's. */
  @Parameter boolean fips;

  /** Broker restarts; 1,000 for the bar. */
  private static final int RESTARTS = Integer.getInteger("twinspan.restarts", 20);

  private static final Duration LIMIT = Duration.ofSeconds(120);
  private static final long TICKET = 42;
  private static final byte[] WORD = "{}".getBytes(StandardCharsets.US_ASCII);

  @TempDir private Path folder;
  private final Entity root = TestPki.root(Kind.P256, "fleet");

  @BeforeEach
  void write() {
    for (String name : List.of("box", "broker")) {
      Entity entity = root.issues(Kind.P256, name).ip("127.0.0.1").build();
      entity.writeChain(folder.resolve(name + ".pem"));
      entity.writeKey(folder.resolve(name + ".key"));
    }
    TestPki.write(folder.resolve("ca.pem"), root.certificate());
  }

  private FleetConfig config(String name, int port) {
    return new FleetConfig(
        "127.0.0.1",
        port,
        folder.resolve(name + ".pem"),
        folder.resolve(name + ".key"),
        folder.resolve("ca.pem"),
        Duration.ofSeconds(30),
        Duration.ofSeconds(10),
        folder,
        10_000,
        Duration.ofMinutes(2),
        false,
        FleetConfig.Reach.BY_ROUTES,
        fips);
  }

  private SSLContext brokersTls() throws IOException {
    FleetConfig broker = config("broker", 1);
    return FleetTls.context(broker.certificate(), broker.key(), broker.trust());
  }

  /** What a listener is told, in words. */
  private static class Told implements FleetClient.Listener {
    final BlockingQueue<String> words = new LinkedBlockingQueue<>();

    @Override
    public void connected(FleetClient client) {
      words.add("connected");
    }

    @Override
    public void lost(FleetClient client, String why) {
      words.add("lost");
    }

    @Override
    public void arrived(FleetClient client, Inbound message) {
      words.add("arrived");
    }

    @Override
    public void answered(FleetClient client, long ticket, @Nullable String refusal) {
      assertThat(ticket).isEqualTo(TICKET);
      words.add(refusal == null ? "taken" : refusal);
    }

    String next() throws InterruptedException {
      String word = words.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
      assertThat(word).as("word of Paho").isNotNull();
      return word;
    }
  }

  private FleetClient dial(int port, Told told) throws IOException {
    return PahoClient.factory(config("box", port), "box", _ -> {}).connect("state", WORD, told);
  }

  /** One connection with its fault, and what is told of it; the client is closed. */
  private void suffer(FaultyBroker broker, Fault fault) throws Exception {
    Told told = new Told();
    CompletableFuture<Void> reached = broker.fail(fault);
    FleetClient client = dial(broker.port(), told);
    switch (fault) {
      case CLOSED_AT_ONCE, CLOSED_AFTER_HANDSHAKE, CLOSED_AFTER_CONNECT, REFUSED ->
          assertThat(told.next()).isEqualTo("lost");
      case NO_HANDSHAKE, NO_ANSWER -> reached.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      case CLOSED_AFTER_ACCEPTANCE -> {
        assertThat(told.next()).isEqualTo("connected");
        assertThat(told.next()).isEqualTo("lost");
      }
      case CLOSED_AFTER_PUBLISH, PUBLISH_REFUSED, NONE -> {
        assertThat(told.next()).isEqualTo("connected");
        client.publish("event", WORD, TICKET);
        String word = told.next();
        switch (fault) {
          case CLOSED_AFTER_PUBLISH -> assertThat(word).isEqualTo("lost");
          case PUBLISH_REFUSED -> assertThat(word).contains("not authorized", "0x87");
          default -> assertThat(word).isEqualTo("taken");
        }
      }
    }
    client.close(fault == Fault.NONE);
    assertThat(told.words).as("after %s and close", fault).doesNotContain("connected");
  }

  @Test
  void shouldTellWhatBecameOfAConnectionAndLeaveNothingBehind() throws Exception {
    try (FaultyBroker broker = new FaultyBroker(brokersTls())) {
      for (Fault fault : Fault.values()) {
        suffer(broker, fault); // once, so that all classes and files are open
      }
      awaitNoThread();
      long before = descriptors();
      for (int restart = 0; restart < RESTARTS; restart++) {
        suffer(broker, Fault.values()[restart % Fault.values().length]);
      }
      awaitNoThread();
      Await.orThrow(
          LIMIT,
          () -> descriptors() <= before,
          "no more descriptors than before: " + before,
          () -> descriptors() + " " + open());
    }
  }

  /** Given up at any moment of the way, which only load and luck decide. */
  @Test
  void shouldLeaveNothingBehindWhenGivenUpInTheMiddle() throws Exception {
    try (FaultyBroker broker = new FaultyBroker(brokersTls())) {
      suffer(broker, Fault.NO_ANSWER);
      awaitNoThread();
      long before = descriptors();
      for (int restart = 0; restart < RESTARTS; restart++) {
        broker.fail(Fault.NO_ANSWER);
        FleetClient client = dial(broker.port(), new Told());
        long until = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(restart * 997L % 12_000);
        while (System.nanoTime() < until) {
          Thread.onSpinWait();
        }
        client.close(false);
      }
      awaitNoThread();
      Await.orThrow(
          LIMIT,
          () -> descriptors() <= before,
          "no more descriptors than before: " + before,
          () -> descriptors() + " " + open());
    }
  }

  @Test
  void shouldSayWhyThereIsNobody() throws Exception {
    BlockingQueue<String> why = new LinkedBlockingQueue<>();
    Told told =
        new Told() {
          @Override
          public void lost(FleetClient client, String because) {
            why.add(because);
          }
        };
    FleetClient client = dial(FaultyBroker.closedPort(), told);
    assertThat(why.poll(LIMIT.toSeconds(), TimeUnit.SECONDS)).contains("Connection refused");
    client.close(false);
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("MQTT "))
        .toList();
  }

  private static void awaitNoThread() {
    Await.orThrow(
        LIMIT, () -> threads().isEmpty(), "Paho's threads to be gone", () -> threads().toString());
  }

  private static List<String> open() {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.map(
              fd -> {
                try {
                  return Files.readSymbolicLink(fd).toString();
                } catch (IOException _) {
                  return "gone";
                }
              })
          .toList();
    } catch (IOException e) {
      return List.of(e.toString());
    }
  }

  /** Of sockets: others may be opened by whatever else the JVM does. */
  private static long descriptors() {
    return open().stream().filter(name -> name.startsWith("socket:")).count();
  }
}
