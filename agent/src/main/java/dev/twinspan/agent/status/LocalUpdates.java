package dev.twinspan.agent.status;

import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;

/** Updates of the image, for whoever may command the agent at the box itself. Any thread. */
public interface LocalUpdates {
  /**
   * Asks for a bundle to be fetched and installed; the answer is whether that has begun.
   *
   * @param url HTTPS
   * @param sha256 empty: the server is asked
   * @param size bytes; 0: likewise
   * @param force also a version that is no newer
   */
  CompletableFuture<ControlResult> install(String url, String sha256, long size, boolean force);

  /** How far the last one is, as the topic {@code ota} tells it; never blocks. */
  JsonNode report();
}
