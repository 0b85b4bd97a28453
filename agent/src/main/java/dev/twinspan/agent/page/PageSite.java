package dev.twinspan.agent.page;

import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.StatusWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a page consists of.
 *
 * @param files by path
 * @param data JSON by path, made anew for each request
 * @param connect what the page may connect to besides where it came from, as a Content-Security-
 *     Policy names it; empty: nothing
 * @param guarded whether it tells what only the LAN may know: see {@link HostName}
 */
public record PageSite(
    Map<String, PageFile> files,
    Map<String, Supplier<byte[]>> data,
    String connect,
    boolean guarded) {
  public PageSite {
    files = Map.copyOf(files);
    data = Map.copyOf(data);
  }

  /**
   * The fleet's page.
   *
   * @param broker {@code wss://host:port/path}
   */
  public static PageSite fleet(URI broker) {
    byte[] config =
        Json.compact(Json.object().put("broker", broker.toString()))
            .getBytes(StandardCharsets.UTF_8);
    return new PageSite(
        PageFile.ofFleet(), Map.of("/config.json", () -> config), source(broker), false);
  }

  /**
   * A box's own page.
   *
   * @param status the latest copy; does not block
   */
  public static PageSite box(Supplier<AgentStatus> status) {
    return new PageSite(
        PageFile.ofBox(),
        Map.of(
            "/status.json",
            () -> Json.compact(StatusWriter.tree(status.get())).getBytes(StandardCharsets.UTF_8)),
        "",
        true);
  }

  /** Files that were not built in, as npm's on a machine without npm. */
  public List<String> missing() {
    return files.values().stream()
        .map(PageFile::resource)
        .filter(resource -> PageFile.class.getResource(resource) == null)
        .sorted()
        .toList();
  }

  /** A policy's grammar has no IPv6 addresses: for those any host of the scheme. */
  private static String source(URI broker) {
    return broker.getHost().startsWith("[")
        ? broker.getScheme() + ":"
        : broker.getScheme() + "://" + broker.getRawAuthority();
  }

  /**
   * Scripts and styles from here alone and none inside the page, so that no text of the wire can
   * become either; nobody may frame it.
   */
  String policy() {
    return ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self' %s; form-action 'none'; base-uri 'none';"
            + " frame-ancestors 'none'")
        .formatted(connect)
        .replace(" ;", ";");
  }
}
