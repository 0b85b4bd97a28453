package dev.twinspan.agent.fleet.desired;

import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What became of the last desired configuration, and which one was confirmed last; over restarts.
 *
 * @param version that was confirmed last; empty: none
 * @param versionHash its
 */
record OutcomeFile(Optional<Outcome> last, String version, String versionHash) {
  private static final String FILE = "desired";
  private static final int MOST_BYTES = 16 << 10;
  private static final int MOST_SENTENCE = 1000;

  static OutcomeFile read(Path directory) {
    try (InputStream in = Files.newInputStream(directory.resolve(FILE))) {
      JsonNode tree = Json.parse(new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8));
      Optional<Outcome> last =
          Outcome.Result.of(tree.path("result").asString(""))
              .map(
                  result ->
                      new Outcome(
                          tree.path("version").asString(""),
                          tree.path("hash").asString(""),
                          result,
                          tree.path("reason").asString(""),
                          tree.path("sentence").asString(""),
                          null));
      return new OutcomeFile(
          last, tree.path("confirmed").asString(""), tree.path("confirmedHash").asString(""));
    } catch (NoSuchFileException _) {
      return new OutcomeFile(Optional.empty(), "", "");
    } catch (IOException | Json.Malformed _) {
      // Spoilt: what is desired is tried again, which is what it is there for.
      return new OutcomeFile(Optional.empty(), "", "");
    }
  }

  static void write(Path directory, Outcome last, String version, String versionHash)
      throws IOException {
    Files.createDirectories(directory);
    String sentence = last.sentence();
    DurableFile.write(
        directory.resolve(FILE),
        Json.pretty(
            Json.object()
                .put("version", last.version())
                .put("hash", last.hash())
                .put("result", last.result().word())
                .put("reason", last.reason())
                .put("sentence", sentence.substring(0, Math.min(sentence.length(), MOST_SENTENCE)))
                .put("confirmed", version)
                .put("confirmedHash", versionHash)));
  }
}
