package dev.twinspan.agent.fleet;

import static dev.twinspan.agent.fleet.FleetStage.DEVICE;
import static dev.twinspan.agent.fleet.FleetStage.LIMIT;
import static dev.twinspan.agent.fleet.FleetStage.first;
import static dev.twinspan.agent.fleet.FleetStage.seen;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.fleet.FleetStage.Seen;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Daemon;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Stock mosquitto with the shipped configuration and ACL, TLS 1.3 and a certificate for each
 * client; a controller that watches. A box is born, dies without a word, comes back as another
 * session, and goes in an orderly way; another box cannot speak in its name. The broker restarts,
 * and the box finds it again.
 */
class FleetLinkIT {
  @TempDir private Path folder;

  @Test
  void shouldTellTheFleetHowItIs() throws Exception {
    try (FleetStage fleet = FleetStage.set(folder, Stage.Peer.STRONGSWAN)) {
      Stage stage = fleet.stage();
      Daemon broker = fleet.broker();
      Path heard = folder.resolve("heard");
      Daemon controller = fleet.controller(heard);

      stage.appliance().start();
      Seen ready = fleet.await(heard, 0, "ready");
      assertThat(ready.session()).isEqualTo(1);
      Seen init = first(seen(heard), 0, "init").orElseThrow();
      assertThat(ready.time() - init.time()).as("birth, seconds").isLessThan(60);
      System.err.printf("fleet: birth took %.3f s%n", ready.time() - init.time());
      fleet.await(heard, "health", 1);
      JsonNode about = seen(heard, "about").getFirst().payload();
      assertThat(about.get("device").asString()).isEqualTo(DEVICE);
      assertThat(seen(heard, "health").getFirst().payload().get("tunnels")).hasSize(2);

      fleet.nobodyElseMaySpeakInItsName(heard);

      // Somebody who has missed a report asks for all of it.
      int told = seen(heard, "about").size();
      Await.orThrow(
          LIMIT,
          () -> {
            assertThat(
                    fleet.publish("controller", FleetStage.TOPIC + "cmd/rebirth", "-m", "{}").ok())
                .isTrue();
            return seen(heard, "about").size() > told;
          },
          "a birth anew",
          () -> seen(heard).toString());

      stage.appliance().kill();
      Seen lost = fleet.await(heard, 0, "lost");
      assertThat(lost.session()).isEqualTo(1);

      stage.appliance().start();
      Seen again = fleet.await(heard, lost.time(), "ready");
      assertThat(again.session()).isEqualTo(2);

      // No word of the box is lost on the way: it dials again until the broker is back.
      assertThat(broker.terminate(LIMIT)).isTrue();
      controller.terminate(LIMIT);
      fleet.broker();
      Path after = folder.resolve("after");
      fleet.controller(after);
      assertThat(fleet.await(after, 0, "ready").session()).isEqualTo(2);
      fleet.await(after, "health", 1);

      assertThat(stage.appliance().stop(LIMIT)).isTrue();
      assertThat(fleet.await(after, 0, "disconnected").session()).isEqualTo(2);
      assertThat(first(seen(after), 0, "lost")).as("a will after a farewell").isEmpty();
    }
  }
}
