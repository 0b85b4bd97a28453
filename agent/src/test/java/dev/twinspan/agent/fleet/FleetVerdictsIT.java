package dev.twinspan.agent.fleet;

import dev.twinspan.agent.doctor.TimeToVerdict;
import dev.twinspan.agent.ike.cert.TestPki;
import dev.twinspan.agent.ike.cert.TestPki.Entity;
import dev.twinspan.agent.ike.cert.TestPki.Kind;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Daemon;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code status} tells by itself, from the doctor's rules, while stock mosquitto is one that
 * the box cannot use: its certificate is not valid yet by the box's clock, it is away. {@code
 * -Dtwinspan.verdicts=true}: its certificate is of another CA, it refuses the box's, and the
 * fastest back-end for ESP is switched off.
 */
class FleetVerdictsIT {
  @TempDir private Path folder;

  @Test
  void shouldTellWhyTheFleetHearsNothing() throws Exception {
    try (FleetStage fleet = FleetStage.set(folder, Stage.Peer.STRONGSWAN)) {
      Path rightCa = Files.copy(folder.resolve("ca.pem"), folder.resolve("right-ca.pem"));
      Path right = Files.copy(folder.resolve("broker.pem"), folder.resolve("right.pem"));
      Path rightKey = Files.copy(folder.resolve("broker.key"), folder.resolve("right.key"));
      Entity other = TestPki.root(Kind.P256, "other");

      TestPki.write(folder.resolve("ca.pem"), other.certificate());
      broker(
          other
              .issues(Kind.P256, "broker")
              .ip("127.0.0.1")
              .valid(TestPki.NOW.plus(Duration.ofDays(2)), TestPki.NOW.plus(Duration.ofDays(9)))
              .build());
      Daemon broker = fleet.broker();
      fleet.stage().start();
      awaitFirst(fleet, "certificate-time");

      broker.kill();
      awaitFirst(fleet, "fleet-unreachable");
      if (TimeToVerdict.ALL) {
        fleet.stage().appliance().kill();
        // The box is to trust the right CA, and the broker has another.
        Files.copy(rightCa, folder.resolve("theirs.pem"));
        broker(other.issues(Kind.P256, "broker").ip("127.0.0.1").build());
        TestPki.write(folder.resolve("ca.pem"), TestPki.root(Kind.P256, "third").certificate());
        broker = fleet.broker();
        fleet.stage().appliance().start();
        awaitFirst(fleet, "fleet-untrusted");
        fleet.stage().appliance().kill();
        broker.kill();

        // The broker trusts another CA than the box's certificate is of.
        Files.writeString(folder.resolve("ca.pem"), Files.readString(rightCa));
        Files.writeString(folder.resolve("broker.pem"), Files.readString(right));
        Files.writeString(folder.resolve("broker.key"), Files.readString(rightKey));
        TestPki.write(folder.resolve("theirs.pem"), other.certificate());
        fleet.brokerConfig(config -> config.replace("/ca.pem", "/theirs.pem"));
        broker = fleet.broker();
        fleet.stage().appliance().start();
        awaitFirst(fleet, "fleet-refused");
        fleet.stage().appliance().kill();

        fleet.stage().appliance().rewrite(yaml -> yaml + "crypto: {esp-backend: jce}\n");
        fleet.stage().appliance().start();
        awaitFirst(fleet, "slow-crypto");
      }
    }
  }

  private void broker(Entity entity) throws Exception {
    entity.writeChain(folder.resolve("broker.pem"));
    entity.writeKey(folder.resolve("broker.key"));
  }

  private static void awaitFirst(FleetStage fleet, String cause) {
    // An agent that starts into it is given the time until its first word.
    Await.orThrow(
        FleetStage.LIMIT,
        () -> fleet.stage().status().isPresent(),
        "an agent",
        () -> fleet.stage().appliance().tail());
    long began = System.nanoTime();
    Await.orThrow(
        FleetStage.LIMIT,
        () -> verdicts(fleet).stream().limit(1).anyMatch(first -> first.cause().equals(cause)),
        "verdict " + cause,
        () -> verdicts(fleet) + fleet.stage().appliance().tail());
    TimeToVerdict.of(cause, began);
  }

  private static List<Verdict> verdicts(FleetStage fleet) {
    Optional<AgentStatus> status = fleet.stage().status();
    return status.map(told -> told.added().verdicts()).orElse(List.of());
  }
}
