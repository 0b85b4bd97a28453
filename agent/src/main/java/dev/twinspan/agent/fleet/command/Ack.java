package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.json.Json;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a command's sender is told.
 *
 * @param step what is being done; null: not {@link Stage#RUNNING}
 * @param percent -1: not known
 * @param reason stable code; null: none is needed
 * @param result what was found; null: nothing
 */
public record Ack(
    String id,
    String verb,
    Stage stage,
    @Nullable String step,
    int percent,
    @Nullable String reason,
    @Nullable String sentence,
    @Nullable ObjectNode result) {
  /** How far it is. */
  public enum Stage {
    ACCEPTED,
    RUNNING,
    DONE,
    FAILED,
    REJECTED,
    EXPIRED;

    /** Whether nothing follows. */
    public boolean isFinal() {
      return this != ACCEPTED && this != RUNNING;
    }

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Ack accepted(String id, Verb verb) {
    return new Ack(id, verb.word(), Stage.ACCEPTED, null, -1, null, null, null);
  }

  static Ack running(String id, Verb verb, String step, int percent) {
    return new Ack(id, verb.word(), Stage.RUNNING, step, percent, null, null, null);
  }

  static Ack done(String id, String verb, String sentence, @Nullable ObjectNode result) {
    return new Ack(id, verb, Stage.DONE, null, -1, null, sentence, result);
  }

  /** Of a final stage that is no success. */
  static Ack not(String id, String verb, Stage stage, String reason, String sentence) {
    return new Ack(id, verb, stage, null, -1, reason, sentence, null);
  }

  /** As {@code fleet/asyncapi.yaml} has it. */
  public ObjectNode tree(long session, Instant time) {
    ObjectNode tree =
        Json.object()
            .put("id", id)
            .put("verb", verb)
            .put("session", session)
            .put("time", time.toString())
            .put("stage", stage.word());
    if (step != null) {
      tree.put("step", step);
    }
    if (percent >= 0) {
      tree.put("percent", percent);
    }
    if (reason != null) {
      tree.put("reason", reason);
    }
    if (sentence != null) {
      tree.put("sentence", sentence);
    }
    if (result != null) {
      tree.set("result", result);
    }
    return tree;
  }
}
