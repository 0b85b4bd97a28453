package dev.twinspan.agent.update;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.status.StatusClient;
import dev.twinspan.agent.status.StatusReader;
import dev.twinspan.agent.terminal.Terminal;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Has the running agent fetch a bundle and install it, as by an order from afar, and shows how far
 * it is. Whoever looks may go: the agent goes on.
 *
 * @param progress for people; never the outcome
 */
public record UpdateByUrl(StatusClient client, PrintWriter progress) {
  private static final Duration LOOK = Duration.ofMillis(500);

  /** Whether that is an address, and no file. */
  public static boolean means(String bundle) {
    return bundle.contains("://");
  }

  /**
   * Returns when it is in its slot; blocks.
   *
   * @param sha256 empty: the server is asked
   * @param size 0: likewise
   * @return its slot and version
   * @throws UpdateRefusal what came of it instead
   */
  public ObjectNode install(String url, String sha256, long size, boolean force)
      throws UpdateRefusal, InterruptedException {
    try {
      ControlResult begun =
          StatusReader.result(
              client
                  .post(
                      "/v1/update?url=%s&sha256=%s&size=%d&force=%s"
                          .formatted(encoded(url), encoded(sha256), size, force))
                  .body());
      if (!begun.ok()) {
        throw begun.code().equals("unknown-path")
            ? new UpdateRefusal(
                "not_supported", "the running agent is older than this program: start it anew")
            : new UpdateRefusal(begun.code(), begun.sentence());
      }
      return follow();
    } catch (StatusClient.Unreachable | Json.Malformed e) {
      throw new UpdateRefusal(
          "no_agent",
          "%s; what has begun goes on once it runs, and a bundle fetched by other means installs without it"
              .formatted(e.getMessage()));
    }
  }

  private ObjectNode follow()
      throws StatusClient.Unreachable, Json.Malformed, UpdateRefusal, InterruptedException {
    String told = "";
    while (true) {
      JsonNode report = client.get("/v1/update").body();
      String state = report.path("state").asString("");
      String now =
          report.has("percent")
              ? "%s %d %%".formatted(state, report.path("percent").asInt())
              : state;
      switch (state) {
        case "downloading", "verifying", "installing" -> {
          if (!now.equals(told)) {
            told = now;
            progress.println(Terminal.line(now));
            progress.flush();
          }
        }
        case "installed", "trial", "confirmed" -> {
          return Json.object()
              .put("slot", report.at("/job/slot").asString(""))
              .put("version", report.at("/job/version").asString(""));
        }
        default ->
            throw new UpdateRefusal(
                report.path("reason").asString(state), report.path("sentence").asString(state));
      }
      Thread.sleep(LOOK);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
