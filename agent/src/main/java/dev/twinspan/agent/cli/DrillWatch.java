package dev.twinspan.agent.cli;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.DrillStatus;
import dev.twinspan.agent.status.DrillStatus.Outcome;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.StatusReader;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** Waits for the end of a drill that was just begun, and tells what it showed. */
record DrillWatch(StatusClient client, PrintWriter out, boolean json) {
  private static final Duration LOOK = Duration.ofMillis(500);

  /** A drill that was accepted shows up in status within a second or two. */
  private static final int PATIENCE = 20;

  /**
   * @return the exit code
   */
  int follow() throws StatusClient.Unreachable, Json.Malformed, InterruptedException {
    Set<String> told = new HashSet<>();
    Set<String> wanted = new HashSet<>();
    for (int looks = 0; looks < PATIENCE || !wanted.isEmpty(); looks++) {
      // The status is as old as a second: what was accepted shows up in it.
      Thread.sleep(LOOK);
      JsonNode status = client.get("/v1/status").body();
      List<DrillStatus> drills = StatusReader.status(status).drills();
      for (DrillStatus drill : drills) {
        boolean running = drill.outcome() == Outcome.RUNNING;
        if (running && wanted.add(drill.tunnel()) && !json) {
          line(drill.tunnel(), drill.sentence());
        }
        if (!running && wanted.contains(drill.tunnel()) && told.add(drill.tunnel()) && !json) {
          line(
              drill.tunnel(),
              drill.outcome().name().toLowerCase(Locale.ROOT) + ": " + drill.sentence());
        }
      }
      if (!wanted.isEmpty() && drills.stream().noneMatch(d -> d.outcome() == Outcome.RUNNING)) {
        return end(status, drills, wanted);
      }
    }
    out.println("the drill does not show up in status: see its events with twinspan status");
    out.flush();
    return ExitCode.FAILED;
  }

  private int end(JsonNode status, List<DrillStatus> drills, Set<String> wanted) {
    if (json) {
      ArrayNode reports = Json.array();
      for (JsonNode drill : status.path("drills")) {
        if (wanted.contains(drill.path("tunnel").asString(""))) {
          reports.add(drill);
        }
      }
      out.print(Json.pretty(Json.object().set("drills", reports)));
      out.flush();
    }
    boolean passed =
        drills.stream()
            .filter(drill -> wanted.contains(drill.tunnel()))
            .allMatch(drill -> drill.outcome() == Outcome.PASSED);
    return passed ? ExitCode.OK : ExitCode.FAILED;
  }

  private void line(String tunnel, String sentence) {
    out.println(tunnel + ": " + sentence);
    out.flush();
  }
}
