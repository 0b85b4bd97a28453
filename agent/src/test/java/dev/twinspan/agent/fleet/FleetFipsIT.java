package dev.twinspan.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.fleet.FleetStage.Seen;
import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A box with {@code fips: true} and stock mosquitto with the shipped configuration: born, ordered
 * to be born anew, gone in an orderly way; and brokers that it refuses. ESP is left out of the
 * mode, since Debian's OpenSSL has no FIPS provider.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FleetFipsIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @Test
  void shouldTellTheFleetHowItIs() throws Exception {
    try (FleetStage fleet = FleetStage.set(folder, Stage.Peer.STRONGSWAN)) {
      Stage stage = fleet.stage();
      stage
          .appliance()
          .configure(
              stage
                  .appliance()
                  .settings()
                  .withTop("fips: true")
                  .withTop("crypto: {esp-fips: false}"));
      fleet.broker();
      Path heard = folder.resolve("heard");
      fleet.controller(heard);
      stage.appliance().start();

      Seen ready = fleet.await(heard, 0, "ready");
      fleet.await(heard, "about", "a box in FIPS mode", a -> a.payload().get("fips").asBoolean());
      fleet.await(heard, "health", 1);
      // Asked until it has subscribed, and hears it.
      Await.orThrow(
          FleetStage.LIMIT,
          () -> {
            fleet.publish("controller", FleetStage.TOPIC + "cmd/rebirth", "-m", "{}");
            return FleetStage.seen(heard, "about").size() > 1;
          },
          "a birth anew",
          () -> stage.appliance().tail());

      assertThat(stage.appliance().stop(FleetStage.LIMIT)).isTrue();
      assertThat(fleet.await(heard, ready.time(), "disconnected").session()).isEqualTo(1);
    }
  }

  /** Words of one connection. */
  private static final class Told implements FleetClient.Listener {
    final BlockingQueue<String> words = new LinkedBlockingQueue<>();

    @Override
    public void connected(FleetClient client) {
      words.add("connected");
    }

    @Override
    public void lost(FleetClient client, String why) {
      words.add(why);
    }

    @Override
    public void arrived(FleetClient client, Inbound message) {}

    @Override
    public void answered(FleetClient client, long ticket, @Nullable String refusal) {}
  }

  @ParameterizedTest
  @CsvSource({
    "fleet, 127.0.0.1, connected",
    "another, 127.0.0.1, Unable to find certificate chain",
    "fleet, 127.0.0.2, No subject alternative name found matching IP address 127.0.0.1",
  })
  void shouldWantItsOwnBroker(String ca, String certified, String word) throws Exception {
    assumeTrue(TestBroker.installed(), "missing: package mosquitto");
    Entity root = TestPki.root(Kind.P256, "fleet");
    write(root, "broker", certified);
    write(root, FleetStage.DEVICE, "127.0.0.1");
    TestPki.write(folder.resolve("ca.pem"), root.certificate());
    TestPki.write(folder.resolve("trust.pem"), TestPki.root(Kind.P256, ca).certificate());
    try (TestBroker broker = TestBroker.shipped(folder)) {
      Told told = new Told();
      FleetClient client =
          PahoClient.factory(config(broker.port()), FleetStage.DEVICE, _ -> {})
              .connect(FleetStage.TOPIC + "state", new byte[] {'{', '}'}, told);
      assertThat(told.words.poll(LIMIT.toSeconds(), TimeUnit.SECONDS)).contains(word);
      client.close(true);
    }
  }

  private void write(Entity root, String name, String address) {
    Entity entity = root.issues(Kind.P256, name).ip(address).build();
    entity.writeChain(folder.resolve(name + ".pem"));
    entity.writeKey(folder.resolve(name + ".key"));
  }

  private FleetConfig config(int port) {
    return new FleetConfig(
        "127.0.0.1",
        port,
        folder.resolve(FleetStage.DEVICE + ".pem"),
        folder.resolve(FleetStage.DEVICE + ".key"),
        folder.resolve("trust.pem"),
        Duration.ofSeconds(30),
        Duration.ofSeconds(10),
        folder,
        100,
        Duration.ofMinutes(2),
        false,
        FleetConfig.Reach.BY_ROUTES,
        true);
  }
}
