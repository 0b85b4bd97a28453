package dev.twinspan.agent.fleet.operator;

import dev.twinspan.agent.json.Json;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a box said to what it was told to do.
 *
 * @param step what it is at; empty: not told
 * @param percent how far it is; -1: not told
 * @param reason stable code; empty: not told
 * @param sentence for people; empty: not told
 * @param raw as it came
 */
public record Answer(
    Errand.Stage stage, String step, int percent, String reason, String sentence, JsonNode raw) {
  private static final int ALL = 100;

  /** An ack, of the command with that id; null: it is none, or of another. */
  public static @Nullable Answer ack(byte[] payload, String id) {
    JsonNode ack = parsed(payload);
    if (ack == null || !FleetBox.text(ack, "id").equals(id)) {
      return null;
    }
    Errand.Stage stage =
        switch (FleetBox.text(ack, "stage")) {
          case "accepted" -> Errand.Stage.ACCEPTED;
          case "running" -> Errand.Stage.RUNNING;
          case "done" -> Errand.Stage.DONE;
          case "failed" -> Errand.Stage.FAILED;
          case "rejected" -> Errand.Stage.REJECTED;
          case "expired" -> Errand.Stage.EXPIRED;
          default -> null;
        };
    return stage == null ? null : of(stage, ack);
  }

  /** What came of a desired configuration; null: it is of another. */
  public static @Nullable Answer reported(byte[] payload, String version, String hash) {
    JsonNode told = parsed(payload);
    if (told == null
        || !FleetBox.text(told, "version").equals(version)
        || !FleetBox.text(told, "hash").equals(hash)) {
      return null;
    }
    Errand.Stage stage =
        switch (FleetBox.text(told, "result")) {
          case "trial" -> Errand.Stage.RUNNING;
          case "applied" -> Errand.Stage.DONE;
          case "refused" -> Errand.Stage.REJECTED;
          case "rolled_back" -> Errand.Stage.FAILED;
          default -> null;
        };
    return stage == null ? null : of(stage, told);
  }

  private static Answer of(Errand.Stage stage, JsonNode told) {
    int percent = told.path("percent").asInt(-1);
    return new Answer(
        stage,
        FleetBox.text(told, "step"),
        percent < 0 ? -1 : Math.min(percent, ALL),
        FleetBox.text(told, "reason"),
        FleetBox.text(told, "sentence"),
        told);
  }

  private static @Nullable JsonNode parsed(byte[] payload) {
    try {
      return Json.parse(new String(payload, StandardCharsets.UTF_8));
    } catch (Json.Malformed _) {
      return null;
    }
  }
}
