package dev.twinspan.agent.update;

import dev.twinspan.agent.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * The program rauc, which verifies bundles and writes slots, never the one that runs. Any thread;
 * blocks. Source of its commands and of their JSON: rauc(1), and its documentation's "Reference".
 *
 * @param config its system.conf, with what this box is, its slots and its keyring
 * @param environment beside our own
 */
public record Rauc(Path config, Map<String, String> environment) {
  /** Where there is one, the box has slots. */
  public static final Path CONFIG = Path.of("/etc/rauc/system.conf");

  private static final Duration SHORT = Duration.ofMinutes(2);
  private static final Duration INSTALL = Duration.ofMinutes(30);

  /** Of all it says; the rest is read, and dropped. */
  private static final int MOST_CHARACTERS = 256 << 10;

  private static final Pattern PERCENT = Pattern.compile("^\\s*(\\d{1,3})% .*");

  private record Result(int exit, String out, String said) {}

  public Rauc {
    environment = Map.copyOf(environment);
  }

  public boolean present() {
    return Files.isReadable(config);
  }

  /**
   * Does nothing where {@link #present}.
   *
   * @throws UpdateRefusal when there is no image here that could be updated
   */
  public void require() throws UpdateRefusal {
    if (!present()) {
      throw new UpdateRefusal(
          "not_supported",
          "this machine has no image that could be updated: there is no %s, as images of image/build have it"
              .formatted(config));
    }
  }

  /** Verifies the signature; of the bundle's format "plain" also the content. */
  public Bundle info(Path bundle) throws UpdateRefusal, InterruptedException {
    String out = must(SHORT, _ -> {}, "info", "--output-format=json", bundle.toString()).out();
    try {
      JsonNode tree = Json.parse(out);
      return new Bundle(tree.path("compatible").asString(""), tree.path("version").asString(""));
    } catch (Json.Malformed e) {
      throw new UpdateRefusal("rauc", "rauc info's answer is no JSON: " + e.getMessage());
    }
  }

  public Slots slots() throws UpdateRefusal, InterruptedException {
    return Slots.parse(must(SHORT, _ -> {}, "status", "--detailed", "--output-format=json").out());
  }

  /**
   * Into the slot that does not run, which is the next start's from then on.
   *
   * @param percent told as it goes
   */
  public void install(Path bundle, IntConsumer percent) throws UpdateRefusal, InterruptedException {
    must(INSTALL, percent, "install", bundle.toString());
  }

  /**
   * For the boot loader.
   *
   * @param word {@code mark-good} or {@code mark-bad}
   * @param slot {@code booted} or {@code other}
   */
  void mark(String word, String slot) throws UpdateRefusal, InterruptedException {
    must(SHORT, _ -> {}, "status", word, slot);
  }

  private Result must(Duration limit, IntConsumer percent, String... words)
      throws UpdateRefusal, InterruptedException {
    List<String> command = new ArrayList<>(List.of("rauc", "--conf=" + config));
    command.addAll(List.of(words));
    Result result = run(command, limit, percent);
    if (result.exit() != 0) {
      throw Words.refusal(result.said() + result.out(), Instant.now());
    }
    return result;
  }

  private Result run(List<String> command, Duration limit, IntConsumer percent)
      throws UpdateRefusal, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.environment().put("LC_ALL", "C");
    Process process;
    try {
      process = builder.start();
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UpdateRefusal(
          "rauc", "rauc cannot be run: %s: install rauc".formatted(e.getMessage()));
    }
    StringBuilder out = new StringBuilder();
    StringBuilder said = new StringBuilder();
    try {
      Thread errors =
          Thread.ofVirtual()
              .start(() -> read(process.errorReader(StandardCharsets.UTF_8), said, _ -> {}));
      Thread output =
          Thread.ofVirtual()
              .start(() -> read(process.inputReader(StandardCharsets.UTF_8), out, percent));
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new UpdateRefusal(
            "rauc",
            "rauc has not ended after %d s: see journalctl -u rauc".formatted(limit.toSeconds()));
      }
      errors.join();
      output.join();
      return new Result(process.exitValue(), out.toString(), said.toString());
    } finally {
      process.destroyForcibly();
    }
  }

  private static void read(BufferedReader from, StringBuilder into, IntConsumer percent) {
    try (from) {
      for (String line = from.readLine(); line != null; line = from.readLine()) {
        if (into.length() + line.length() < MOST_CHARACTERS) {
          into.append(line).append('\n');
        }
        Matcher matcher = PERCENT.matcher(line);
        if (matcher.matches()) {
          percent.accept(Integer.parseInt(matcher.group(1)));
        }
      }
    } catch (IOException _) {
      // Its end, which its exit code tells of.
    }
  }
}
