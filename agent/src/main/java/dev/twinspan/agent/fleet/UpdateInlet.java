package dev.twinspan.agent.fleet;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.update.Updates;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code ota} out; what is wanted comes as a command. */
final class UpdateInlet implements Inlet {
  private final Updates updates;
  private final long session;
  private @Nullable Object told;
  private boolean again = true;

  UpdateInlet(Updates updates, long session) {
    this.updates = updates;
    this.session = session;
  }

  @Override
  public void linked(long now, AgentStatus status) {
    again = true;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // one after the other
  public List<FleetAction> drain(AgentStatus status) {
    Object revision = updates.revision();
    if (revision == told && !again) {
      return List.of();
    }
    told = revision;
    again = false;
    return List.of(
        new FleetAction.Publish(
            FleetTopic.OTA.name(status),
            Json.compact(updates.report(session, Instant.now())).getBytes(StandardCharsets.UTF_8),
            FleetTopic.OTA.qos(),
            FleetTopic.OTA.retained()));
  }
}
