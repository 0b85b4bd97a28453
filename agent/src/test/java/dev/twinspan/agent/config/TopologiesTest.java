package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each folder of {@code boards/bench/topologies} tells one topology: a sample that {@code check}
 * accepts, a story that names the test which proves it, and a row in the README.
 */
class TopologiesTest {
  private static final Path TOPOLOGIES = Path.of("../boards/bench/topologies");
  private static final Path TESTS = Path.of("src/test/java/dev/twinspan/agent/peers");
  private static final Pattern PROOF = Pattern.compile("\\*\\*Proven by\\*\\* `(\\w+IT)");

  @TempDir Path folder;

  static List<Path> topologies() throws IOException {
    try (Stream<Path> all = Files.list(TOPOLOGIES)) {
      return all.filter(Files::isDirectory).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("topologies")
  void shouldHaveASampleThatCheckAccepts(Path topology) throws IOException {
    try (Stream<Path> files = Files.list(topology)) {
      List<Path> samples = files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList();
      assertThat(samples).isNotEmpty();
      for (Path sample : samples) {
        Path own = Files.createDirectory(folder.resolve(sample.getFileName().toString()));
        ConfigResult result = new ConfigFixture(own).text(Files.readString(sample)).read();

        assertThat(result.config()).as("%s", result.problems()).isNotNull();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("topologies")
  void shouldNameTheTestThatProvesIt(Path topology) throws IOException {
    String story = Files.readString(topology.resolve("README.md"));

    assertThat(story).contains("```", "**What breaks:**", "**What must be seen:**");
    var proof = PROOF.matcher(story);
    assertThat(proof.find()).as("a line \"**Proven by** `SomethingIT`\"").isTrue();
    assertThat(TESTS.resolve(proof.group(1) + ".java")).exists();
  }

  @ParameterizedTest
  @MethodSource("topologies")
  void shouldHaveARowInTheReadme(Path topology) throws IOException {
    assertThat(Files.readString(Path.of("../README.md")))
        .contains("](boards/bench/topologies/%s)".formatted(topology.getFileName()));
  }
}
