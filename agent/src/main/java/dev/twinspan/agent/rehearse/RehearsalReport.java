package dev.twinspan.agent.rehearse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a rehearsal found, gathered as it goes. Written by the rehearsal's thread alone. */
final class RehearsalReport {
  /** One step with its outcome. */
  record Phase(String name, boolean passed, Duration time, String sentence) {}

  /** Inner bytes that the appliance counted on a tunnel. */
  record Bytes(long in, long out) {}

  private final String peer;
  private final boolean nat;
  private final List<Phase> phases = new ArrayList<>();
  private final Map<String, Bytes> tunnels = new TreeMap<>();
  private final Map<String, Outage> outages = new TreeMap<>();
  private Duration time = Duration.ZERO;
  private @Nullable String failure;

  RehearsalReport(String peer, boolean nat) {
    this.peer = peer;
    this.nat = nat;
  }

  void add(Phase phase) {
    phases.add(phase);
    if (!phase.passed()) {
      failure = phase.name() + ": " + phase.sentence();
    }
  }

  void bytes(String tunnel, Bytes bytes) {
    tunnels.put(tunnel, bytes);
  }

  void outage(String event, Outage outage) {
    outages.put(event, outage);
  }

  void time(Duration all) {
    time = all;
  }

  boolean passed() {
    return failure == null;
  }

  String json() {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("passed", passed()).put("failure", failure).put("peer", peer).put("nat", nat);
    json.put("seconds", Outage.seconds(time));
    var steps = json.putArray("phases");
    phases.forEach(
        phase ->
            steps
                .addObject()
                .put("name", phase.name())
                .put("passed", phase.passed())
                .put("seconds", Outage.seconds(phase.time()))
                .put("sentence", phase.sentence()));
    var counted = json.putArray("tunnels");
    tunnels.forEach(
        (name, bytes) ->
            counted
                .addObject()
                .put("name", name)
                .put("inBytes", bytes.in())
                .put("outBytes", bytes.out()));
    var events = json.putObject("outages");
    outages.forEach((event, outage) -> outage.writeTo(events.putObject(event)));
    return json.toString();
  }

  String text() {
    StringBuilder text = new StringBuilder("\n");
    for (Phase phase : phases) {
      text.append(
          "%s %-10s %6.1f s  %s%n"
              .formatted(
                  phase.passed() ? "✓" : "✗",
                  phase.name(),
                  Outage.seconds(phase.time()),
                  phase.sentence()));
    }
    tunnels.forEach(
        (name, bytes) ->
            text.append(
                "  %-20s %,14d B in %,14d B out%n".formatted(name, bytes.in(), bytes.out())));
    text.append(
        passed()
            ? "rehearsal passed in %.1f s".formatted(Outage.seconds(time))
            : "rehearsal failed after %.1f s: %s".formatted(Outage.seconds(time), failure));
    return text.toString();
  }
}
