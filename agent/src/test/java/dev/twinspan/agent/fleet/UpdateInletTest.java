package dev.twinspan.agent.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusFixture;
import dev.twinspan.agent.update.Updates;
import dev.twinspan.agent.update.UpdatesFixture;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told under {@code ota}: retained, at each connection, and once for each change. */
class UpdateInletTest {
  @TempDir Path folder;

  @Test
  void shouldTellAtEachConnectionAndOnlyOnce() throws Exception {
    AgentStatus status = StatusFixture.both(10);
    try (Updates updates = UpdatesFixture.resting(folder)) {
      UpdateInlet inlet = new UpdateInlet(updates, 7);
      assertThat(inlet.filter()).isEmpty();
      inlet.linked(0, status);
      List<FleetAction> told = inlet.drain(status);
      assertThat(told).hasSize(1);
      FleetAction.Publish publish = (FleetAction.Publish) told.getFirst();
      assertThat(publish.topic()).endsWith("/ota");
      assertThat(publish.retained()).isTrue();
      assertThat(
              Json.parse(new String(publish.payload(), StandardCharsets.UTF_8))
                  .path("state")
                  .asString())
          .isEqualTo("idle");
      assertThat(inlet.drain(status)).isEmpty();
      inlet.linked(1, status);
      assertThat(inlet.drain(status)).hasSize(1);
    }
  }
}
