package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.Bench;
import dev.twinspan.agent.rehearse.SelfCommand;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.rehearse.peer.Role;
import dev.twinspan.agent.rehearse.peer.Suite;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * What {@code twinspan doctor} says on the bench while something is done to the packets of its
 * tunnels, and that it says nothing when all is well. Stock strongSwan plays the instances.
 */
class DoctorIT {
  private static final Duration SOON = Duration.ofSeconds(120);
  private static final Duration ONE_LOOK = Duration.ofSeconds(90);
  private static final String NONE = "";

  @Test
  void shouldNameWhatIsDoneToPackets() {
    try (Stage stage =
        Scenario.stage(
            Stage.Peer.STRONGSWAN,
            Suite.AZURE_STRONG,
            Role.RESPONDER_ONLY,
            Role.INITIATOR_ONLY,
            Bench.Options.DEFAULT)) {
      drop(
          stage,
          "ip daddr 203.0.113.10 udp dport 4500 drop; ip daddr 203.0.113.11 udp dport 500 drop");
      stage.start();
      awaitFindings(stage, "udp-500-blocked hub-weu/in1", "udp-4500-blocked hub-weu/in0");

      drop(stage, NONE);
      stage.awaitBothUp(Scenario.UP.multipliedBy(2));
      awaitFindings(stage);

      drop(stage, "ip daddr 203.0.113.11 ip length > 1400 drop");
      awaitFindings(stage, "path-mtu hub-weu/in1");

      drop(stage, NONE);
      stage.bench().topology().cpe().sysctl("net.ipv4.ip_forward", "0");
      awaitFindings(stage, "forwarding-off ");
    }
  }

  /** In the network's middle. */
  private static void drop(Stage stage, String rules) {
    stage
        .bench()
        .topology()
        .inet()
        .nft(
            """
            table ip doctor
            delete table ip doctor
            table ip doctor {
              chain forward {
                type filter hook forward priority filter
                %s
              }
            }
            """
                .formatted(rules));
  }

  private static void awaitFindings(Stage stage, String... expected) {
    Await.orThrow(
        SOON,
        () -> findings(stage).equals(List.of(expected)),
        "findings " + List.of(expected),
        () -> findings(stage) + "\n" + stage.describe());
  }

  /** Cause and tunnel of each. */
  private static List<String> findings(Stage stage) {
    Namespace box = stage.bench().topology().cpe();
    String socket = stage.appliance().statusSocket().toString();
    List<String> command = SelfCommand.of("doctor", "--json", "--socket", socket);
    Exec.Result result = Exec.run(box.commandLine(command.toArray(String[]::new)), "", ONE_LOOK);
    JsonNode tree;
    try {
      tree = Json.parse(result.out());
    } catch (Json.Malformed e) {
      // The agent has not opened its socket yet.
      return List.of(result.err());
    }
    assertThat(result.exit()).isEqualTo(tree.path("healthy").asBoolean() ? 0 : 1);
    return StreamSupport.stream(tree.path("findings").spliterator(), false)
        .map(finding -> finding.path("cause").asString() + " " + finding.path("about").asString())
        .toList();
  }
}
