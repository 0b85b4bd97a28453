package dev.twinspan.agent.page;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One file of a page, of the few that there are.
 *
 * @param resource in the folder of this package
 * @param type for {@code Content-Type}
 */
record PageFile(String resource, String type) {
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  /** Of both pages. */
  private static final List<String> SHARED =
      List.of(
          "style.css",
          "icon.svg",
          "dom.js",
          "events.js",
          "explain.js",
          "facts.js",
          "history.js",
          "series.js",
          "severity.js",
          "shapes.js",
          "spark.js",
          "tunnels.js",
          "wire.js",
          "words.js",
          "uplot/uPlot.esm.js",
          "uplot/uPlot.min.css");

  private static final List<String> FLEET =
      List.of(
          "fleet.js",
          "fleet.css",
          "actions.js",
          "box.js",
          "commands.js",
          "rebirths.js",
          "detail.js",
          "happenings.js",
          "link.js",
          "list.js",
          "login.js",
          "model.js",
          "order.js",
          "rows.js",
          "sites.js",
          "summary.js",
          "versions.js",
          "mqtt/mqtt.esm.js");

  /** By path; the page itself is {@code /}. */
  static Map<String, PageFile> ofFleet() {
    return of("fleet.html", FLEET);
  }

  /** By path; the page itself is {@code /}. */
  static Map<String, PageFile> ofBox() {
    return of("own.html", List.of("own.js", "own.css", "own-status.js", "box.js"));
  }

  private static Map<String, PageFile> of(String page, List<String> more) {
    Map<String, PageFile> files = new LinkedHashMap<>();
    files.put("/", named(page));
    SHARED.forEach(name -> files.put("/" + name, named(name)));
    more.forEach(name -> files.put("/" + name, named(name)));
    return files;
  }

  private static PageFile named(String resource) {
    String ending = resource.substring(resource.lastIndexOf('.') + 1);
    return new PageFile(resource, TYPES.getOrDefault(ending, "application/octet-stream"));
  }

  /** Read for each request: nothing of a page stays in memory while nobody looks at it. */
  byte[] bytes() throws IOException {
    try (InputStream stream = PageFile.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IOException(resource + " was not built in");
      }
      return stream.readAllBytes();
    }
  }
}
