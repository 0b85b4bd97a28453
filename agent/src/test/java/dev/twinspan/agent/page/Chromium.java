package dev.twinspan.agent.page;

import dev.twinspan.agent.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A headless Chromium with one page, driven by the Chrome DevTools Protocol over a WebSocket: the
 * few calls that tests need, in place of Selenium and a driver of the very same version.
 */
final class Chromium implements AutoCloseable {
  static final Path PROGRAM = Path.of("/usr/bin/chromium");
  private static final long LIMIT_SECONDS = 120;

  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final AtomicInteger calls = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();

  /**
   * @param profile an empty folder
   */
  Chromium(Path profile) throws IOException {
    process =
        new ProcessBuilder(
                PROGRAM.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--ignore-certificate-errors", // the broker's is of the test's own CA
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve("log").toFile())
            .start();
    Path port = profile.resolve("DevToolsActivePort");
    await("Chromium to listen", () -> lines(port).size() >= 2);
    List<String> told = lines(port);
    URI browser = URI.create("ws://127.0.0.1:" + told.get(0) + told.get(1));
    socket =
        get(http.newWebSocketBuilder().buildAsync(browser, new Listener()).toCompletableFuture());
    JsonNode target =
        call(null, "Target.createTarget", Json.object().put("url", "about:blank")).get("targetId");
    session =
        call(
                null,
                "Target.attachToTarget",
                Json.object().put("targetId", target.asString()).put("flatten", true))
            .get("sessionId")
            .asString();
    for (String domain : List.of("Page", "Runtime", "Log")) {
      call(domain + ".enable", Json.object());
    }
    window(1440, 900);
  }

  private final String session;

  private static List<String> lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException _) {
      return List.of();
    }
  }

  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited " + LIMIT_SECONDS + " s for " + what);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(20); // between two looks
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    }
  }

  private static <T> T get(CompletableFuture<T> future) throws IOException {
    try {
      return future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("Chromium: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private JsonNode call(String method, ObjectNode parameters) throws IOException {
    return call(session, method, parameters);
  }

  private synchronized JsonNode call(String to, String method, ObjectNode parameters)
      throws IOException {
    int id = calls.incrementAndGet();
    ObjectNode message = Json.object().put("id", id).put("method", method);
    message.set("params", parameters);
    if (to != null) {
      message.put("sessionId", to);
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    get(socket.sendText(Json.compact(message), true));
    JsonNode told = get(answer);
    if (told.has("error")) {
      throw new IOException(method + ": " + told.get("error"));
    }
    return told.get("result");
  }

  /** The browser with all of its processes. */
  List<ProcessHandle> processes() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
  }

  void window(int width, int height) throws IOException {
    call(
        "Emulation.setDeviceMetricsOverride",
        Json.object()
            .put("width", width)
            .put("height", height)
            .put("deviceScaleFactor", 1)
            .put("mobile", false));
  }

  void dark(boolean dark) throws IOException {
    ObjectNode feature =
        Json.object().put("name", "prefers-color-scheme").put("value", dark ? "dark" : "light");
    ObjectNode media = Json.object();
    media.set("features", Json.array().add(feature));
    call("Emulation.setEmulatedMedia", media);
  }

  void open(String url) throws IOException {
    call("Page.navigate", Json.object().put("url", url));
  }

  /** The value of an expression; a promise is waited for. */
  JsonNode run(String expression) throws IOException {
    JsonNode result =
        call(
            "Runtime.evaluate",
            Json.object()
                .put("expression", expression)
                .put("awaitPromise", true)
                .put("returnByValue", true)
                .put("userGesture", true));
    if (result.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + result.get("exceptionDetails"));
    }
    return result.path("result").path("value");
  }

  /** Waits until an expression is true. */
  void await(String expression) {
    await(
        expression,
        () -> {
          try {
            return run("Boolean(" + expression + ")").asBoolean(false);
          } catch (IOException | AssertionError e) {
            return false; // the page may not be there yet
          }
        });
  }

  /** Presses and lets go a key; text is what it types. */
  void key(String key, String text) throws IOException {
    for (String type : List.of("keyDown", "keyUp")) {
      ObjectNode event = Json.object().put("type", type).put("key", key);
      if (type.equals("keyDown") && !text.isEmpty()) {
        event.put("text", text);
      }
      call("Input.dispatchKeyEvent", event);
    }
  }

  void type(String text) throws IOException {
    call("Input.insertText", Json.object().put("text", text));
  }

  void picture(Path file) throws IOException {
    String data =
        call("Page.captureScreenshot", Json.object().put("format", "png")).get("data").asString();
    Files.write(file, Base64.getDecoder().decode(data));
  }

  /** Errors and warnings of the console, exceptions, and what a policy forbade, since the last. */
  List<String> complaints() {
    List<String> all = new ArrayList<>(complaints);
    complaints.clear();
    return all;
  }

  @Override
  public void close() {
    try {
      call(null, "Browser.close", Json.object());
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (IOException _) {
      // it has gone already
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    http.shutdownNow();
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket of, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        try {
          take(Json.parse(text.toString()));
        } catch (Json.Malformed e) {
          complaints.add("no JSON of Chromium: " + e.getMessage());
        }
        text.setLength(0);
      }
      of.request(1);
      return null;
    }

    private void take(JsonNode message) {
      if (message.has("id")) {
        CompletableFuture<JsonNode> answer = answers.remove(message.get("id").asInt());
        if (answer != null) {
          answer.complete(message);
        }
        return;
      }
      JsonNode told = message.path("params");
      switch (message.path("method").asString("")) {
        case "Runtime.exceptionThrown" -> complaints.add(told.toString());
        case "Log.entryAdded" -> {
          if (!told.at("/entry/level").asString("").equals("verbose")) {
            complaints.add(told.toString());
          }
        }
        case "Runtime.consoleAPICalled" -> {
          if (List.of("error", "warning", "assert").contains(told.path("type").asString(""))) {
            complaints.add(told.toString());
          }
        }
        default -> {}
      }
    }
  }
}
