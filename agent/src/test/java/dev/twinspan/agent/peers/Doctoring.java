package dev.twinspan.agent.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.doctor.TimeToVerdict;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.rehearse.SelfCommand;
import dev.twinspan.agent.rehearse.Stage;
import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.rehearse.netns.Exec;
import dev.twinspan.agent.rehearse.netns.Namespace;
import dev.twinspan.agent.status.StatusClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** What {@code twinspan doctor} says of the box of a bench, and how soon. */
final class Doctoring {
  private static final Duration SOON = Duration.ofSeconds(120);
  private static final Duration ONE_LOOK = Duration.ofSeconds(90);

  private static final String NOTE = " (note)";

  private final Stage stage;
  private final Map<String, String> environment;

  Doctoring(Stage stage) {
    this(stage, Map.of());
  }

  /**
   * @param environment added to that of the command
   */
  Doctoring(Stage stage, Map<String, String> environment) {
    this.stage = stage;
    this.environment = environment;
  }

  /** Waits until the first finding is that one: cause, blank, what it is about. */
  void awaitFirst(String expected) {
    await(expected, findings -> first(told(findings), ""));
  }

  /** Waits until the first finding is one of those. */
  void awaitFirstIsAnyOf(String... expected) {
    await(
        expected[0],
        findings ->
            Stream.of(expected).anyMatch(one -> first(told(findings), "").equals(one))
                ? expected[0]
                : "");
  }

  /** Waits until of each of these tunnels the first finding is that one. */
  void awaitFirstOfEach(String... expected) {
    await(
        String.join(", ", expected),
        findings ->
            String.join(
                ", ",
                Stream.of(expected)
                    .map(one -> one.substring(one.indexOf(' ')))
                    .map(about -> first(told(findings), about))
                    .toList()));
  }

  private static String first(List<String> findings, String about) {
    return findings.stream().filter(finding -> finding.endsWith(about)).findFirst().orElse("");
  }

  /** Waits until these are all findings. */
  void awaitAll(String... expected) {
    await(String.join(", ", expected), findings -> String.join(", ", told(findings)));
  }

  /** Waits until there is neither problem nor warning; what happened before may be told. */
  void awaitWell() {
    await(
        "",
        findings -> String.join(", ", findings.stream().filter(f -> !f.endsWith(NOTE)).toList()));
  }

  /** Looks again and again, and sees nothing but that. */
  void staysWell(Duration time, String... expected) {
    int looks = 0;
    for (long end = System.nanoTime() + time.toNanos(); System.nanoTime() < end; looks++) {
      assertThat(told(findings())).as("look %d", looks).containsExactly(expected);
    }
    System.out.printf("doctor: nothing more in %d looks%n", looks);
  }

  private interface Part {
    String of(List<String> findings);
  }

  private void await(String expected, Part part) {
    long began = System.nanoTime();
    AtomicReference<List<String>> seen = new AtomicReference<>(List.of());
    AtomicInteger looks = new AtomicInteger();
    Await.orThrow(
        SOON,
        () -> {
          seen.set(findings());
          looks.incrementAndGet();
          return part.of(seen.get()).equals(expected);
        },
        "finding " + expected,
        () -> seen + "\n" + Scenario.story(stage));
    if (expected.isBlank()) {
      System.out.printf("doctor: nothing, look %d%n", looks.get());
    } else {
      TimeToVerdict.of("%s in look %d".formatted(expected, looks.get()), began);
    }
  }

  private static List<String> told(List<String> findings) {
    return findings.stream().map(finding -> finding.replace(NOTE, "")).toList();
  }

  /** Cause and tunnel of each; a note is marked. */
  List<String> findings() {
    Namespace box = stage.bench().topology().cpe();
    String socket = stage.appliance().statusSocket().toString();
    List<String> command = new ArrayList<>(List.of("env"));
    environment.forEach((name, value) -> command.add(name + "=" + value));
    command.addAll(SelfCommand.of("doctor", "--json", "--socket", socket));
    Exec.Result result = Exec.run(box.commandLine(command.toArray(String[]::new)), "", ONE_LOOK);
    JsonNode tree;
    try {
      tree = Json.parse(result.out());
    } catch (Json.Malformed e) {
      // The agent has not opened its socket yet.
      return List.of(result.err());
    }
    assertThat(result.exit()).isEqualTo(tree.path("healthy").asBoolean() ? 0 : 1);
    return StreamSupport.stream(tree.path("findings").spliterator(), false)
        .map(
            finding ->
                finding.path("cause").asString()
                    + " "
                    + finding.path("about").asString()
                    + (finding.path("severity").asString().equals("note") ? NOTE : ""))
        .toList();
  }

  /** An operator's order to the running agent. */
  void command(String tunnel, String verb) {
    post("/v1/tunnels/%s/%s".formatted(tunnel, verb));
  }

  /** Another configuration for the running agent. */
  void reload(UnaryOperator<String> change) {
    Path file = stage.appliance().configFile();
    try {
      Files.writeString(file, change.apply(Files.readString(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    post("/v1/reload");
  }

  private void post(String path) {
    try {
      StatusClient.Answer answer = new StatusClient(stage.appliance().statusSocket()).post(path);
      assertThat(answer.ok()).as("%s", answer.body()).isTrue();
    } catch (StatusClient.Unreachable e) {
      throw new AssertionError(e);
    }
  }
}
