package dev.twinspan.agent.fleet.load;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.terminal.Terminal;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a run has shown, up to now.
 *
 * @param connected boxes, now
 * @param lost connections that ended and were not to
 * @param refused publishes that the broker did not take
 * @param commands and desired configurations that boxes were sent
 * @param observed whether somebody listened to all
 * @param lasted for which all were there
 * @param faults by reason
 */
public record LoadReport(
    int boxes,
    long connected,
    long lost,
    long refused,
    long commands,
    long healthSent,
    long healthSeen,
    long eventsSent,
    long eventsSeen,
    boolean observed,
    Duration lasted,
    Map<String, Long> faults,
    ObjectNode connects,
    ObjectNode acknowledgements,
    ObjectNode deliveries) {
  static LoadReport of(LoadPlan plan, LoadCounters counters, Duration lasted) {
    return new LoadReport(
        plan.boxes(),
        counters.connected.sum(),
        counters.lost.sum(),
        counters.refused.sum(),
        counters.commands.sum(),
        counters.healthSent.sum(),
        counters.healthSeen.sum(),
        counters.eventsSent.sum(),
        counters.eventsSeen.sum(),
        plan.observer() != null,
        lasted,
        Map.copyOf(counters.faults()),
        counters.connects.tree(),
        counters.acknowledgements.tree(),
        counters.deliveries.tree());
  }

  /** Whether the broker kept up: nobody was lost or refused, and all that was sent was seen. */
  public boolean passed() {
    return lost == 0
        && refused == 0
        && faults.isEmpty()
        && connects.path("count").asLong() >= boxes
        && (!observed || (healthSeen == healthSent && eventsSeen == eventsSent));
  }

  public ObjectNode tree() {
    ObjectNode tree =
        Json.object()
            .put("passed", passed())
            .put("boxes", boxes)
            .put("connected", connected)
            .put("lost", lost)
            .put("refused", refused)
            .put("commands", commands)
            .put("seconds", lasted.toMillis() / 1e3)
            .put("healthSent", healthSent)
            .put("eventsSent", eventsSent);
    if (observed) {
      tree.put("healthSeen", healthSeen).put("eventsSeen", eventsSeen);
      tree.set("delivery", deliveries);
    }
    tree.set("connect", connects);
    tree.set("acknowledgement", acknowledgements);
    ObjectNode reasons = Json.object();
    faults.forEach(reasons::put);
    tree.set("faults", reasons);
    return tree;
  }

  /** For the line that is drawn while it runs. */
  public String progress() {
    return "%d of %d boxes, %d health, %d events sent%s%s"
        .formatted(
            connected,
            boxes,
            healthSent,
            eventsSent,
            observed ? ", %d seen".formatted(healthSeen + eventsSeen) : "",
            lost == 0 ? "" : ", %d LOST".formatted(lost));
  }

  /** Lines, each ended. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        "%d boxes for %.1f s: %d connections lost, %d publishes refused, %d commands%n"
            .formatted(boxes, lasted.toMillis() / 1e3, lost, refused, commands));
    text.append("connect           %s%n".formatted(times(connects)));
    text.append("acknowledgement   %s%n".formatted(times(acknowledgements)));
    if (observed) {
      text.append(
          "health            %d sent, %d seen; events %d sent, %d seen%n"
              .formatted(healthSent, healthSeen, eventsSent, eventsSeen));
      text.append("sent to seen      %s%n".formatted(times(deliveries)));
    } else {
      text.append("health            %d sent; events %d sent%n".formatted(healthSent, eventsSent));
    }
    faults.forEach(
        (reason, count) -> text.append("%d × %s%n".formatted(count, Terminal.line(reason))));
    text.append(passed() ? "the broker kept up\n" : "the broker did NOT keep up\n");
    return text.toString();
  }

  private static String times(ObjectNode samples) {
    long count = samples.path("count").asLong();
    return count == 0
        ? "none"
        : String.format(
            Locale.ROOT,
            "%d, p50 %.1f ms, p99 %.1f ms, worst %.1f ms",
            count,
            samples.path("p50Millis").asDouble(),
            samples.path("p99Millis").asDouble(),
            samples.path("worstMillis").asDouble());
  }
}
