package dev.twinspan.agent.fleet.desired;

import dev.twinspan.agent.json.Json;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What became of a desired configuration.
 *
 * @param version empty: it had none that could be told
 * @param hash likewise
 * @param problems as {@code check --json} has them; null: none
 */
record Outcome(
    String version,
    String hash,
    Result result,
    String reason,
    String sentence,
    @Nullable ArrayNode problems) {
  /** In a word. */
  enum Result {
    TRIAL,
    APPLIED,
    REFUSED,
    ROLLED_BACK;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Result> of(String word) {
      return Stream.of(values()).filter(result -> result.word().equals(word)).findFirst();
    }
  }

  boolean isOf(Desired desired) {
    return version.equals(desired.version()) && hash.equals(desired.hash());
  }

  /**
   * As {@code fleet/asyncapi.yaml} has it.
   *
   * @param currentVersion of the configuration in force; empty: it was written by hand
   */
  ObjectNode tree(long session, Instant time, String currentVersion, String currentHash) {
    ObjectNode tree =
        Json.object()
            .put("session", session)
            .put("time", time.toString())
            .put("version", version)
            .put("hash", hash)
            .put("result", result.word())
            .put("reason", reason)
            .put("sentence", sentence);
    if (problems != null) {
      tree.set("problems", problems);
    }
    ObjectNode current = Json.object();
    if (!currentVersion.isEmpty()) {
      current.put("version", currentVersion);
    }
    tree.set("current", current.put("hash", currentHash));
    return tree;
  }
}
