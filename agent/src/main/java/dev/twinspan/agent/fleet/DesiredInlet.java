package dev.twinspan.agent.fleet;

import dev.twinspan.agent.fleet.desired.DesiredDesk;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** {@code desired} in, {@code reported} out. */
final class DesiredInlet implements Inlet {
  private static final String DESIRED = "desired";

  /** In a trial the broker has to show that it answers. */
  private static final long ASK_NANOS = 2_000_000_000L;

  private final DesiredDesk desk;
  private final long session;
  private @Nullable Object reported;
  private long reportedAt;

  DesiredInlet(DesiredDesk desk, long session) {
    this.desk = desk;
    this.session = session;
  }

  @Override
  public Optional<String> filter() {
    return Optional.of(DESIRED);
  }

  @Override
  public boolean take(String path, Inbound message, AgentStatus status) {
    if (!path.equals(DESIRED)) {
      return false;
    }
    byte[] payload = message.payload();
    // One that is too large is no JSON object, whatever it is.
    desk.desire(payload == null ? new byte[1] : payload);
    return true;
  }

  @Override
  public void linked(long now, AgentStatus status) {
    reported = null;
  }

  @Override
  public void answered() {
    desk.answered();
  }

  @Override
  public List<FleetAction> drain(AgentStatus status) {
    Object revision = desk.revision();
    long now = System.nanoTime();
    boolean again = desk.isTrying() && now - reportedAt >= ASK_NANOS;
    ObjectNode report = revision == reported && !again ? null : desk.report(session, Instant.now());
    if (report == null) {
      return List.of();
    }
    reported = revision;
    reportedAt = now;
    return List.of(
        new FleetAction.Publish(
            FleetTopic.REPORTED.name(status),
            Json.compact(report).getBytes(StandardCharsets.UTF_8),
            FleetTopic.REPORTED.qos(),
            FleetTopic.REPORTED.retained()));
  }
}
