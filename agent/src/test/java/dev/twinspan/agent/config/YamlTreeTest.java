package dev.twinspan.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hostile and broken files: refused in one line, quickly, whatever they hold. */
class YamlTreeTest {
  @TempDir Path folder;

  private List<String> problems(String text) {
    return new ConfigFixture(folder).text(text).problems();
  }

  @Test
  void shouldRefuseAKeyThatIsThereTwice() {
    assertThat(problems("device: {id: a}\nlan: {prefixes: [10.0.0.0/8]}\ndevice: {id: b}\n"))
        .containsExactly("3:1: device: is there twice, first in line 1");
  }

  @Test
  void shouldRefuseAliasesSoThatTheyCannotMultiply() {
    assertThat(problems("a: &a [x, x]\nb: [*a, *a]\n"))
        .containsExactly("2:5: b[0]: is an alias (*a): write the value itself here");
  }

  @Test
  void shouldRefuseASecondDocument() {
    assertThat(problems("a: 1\n---\nb: 2\n"))
        .containsExactly(
            "3:1: a second document starts here (---): expected one document in the file");
  }

  @Test
  void shouldRefuseAnEmptyFile() {
    assertThat(problems("# nothing\n"))
        .containsExactly("the file is empty: expected a configuration");
  }

  @Test
  void shouldRefuseAListAtTheTop() {
    assertThat(problems("- a\n")).containsExactly("1:1: is a list, expected a map (key: value)");
  }

  @Test
  void shouldPointAtBrokenYaml() {
    assertThat(problems("device: {id: a\nlan: 1\n"))
        .singleElement()
        .asString()
        .matches("[23]:\\d+: not YAML: while parsing a flow mapping expected .*")
        .doesNotContain("in reader");
  }

  @Test
  void shouldRefuseDeepNesting() {
    assertThat(problems("[".repeat(200_000)))
        .singleElement()
        .asString()
        .endsWith("more than 16 levels or 50000 values: not a Twinspan configuration");
  }

  @Test
  void shouldRefuseTooManyValues() {
    assertThat(problems("[" + "1,".repeat(60_000) + "1]"))
        .singleElement()
        .asString()
        .endsWith("more than 16 levels or 50000 values: not a Twinspan configuration");
  }

  @Test
  void shouldRefuseALargeFile() {
    assertThat(problems("#".repeat(1 << 20) + "#"))
        .containsExactly("is larger than 1 MiB: not a Twinspan configuration");
  }

  @Test
  void shouldRefuseWhatIsNotUtf8() throws Exception {
    Path file = folder.resolve("latin1.yaml");
    Files.write(file, "site: Gen\u00e8ve".getBytes(StandardCharsets.ISO_8859_1));

    assertThat(ConfigReader.read(file).problems())
        .extracting(Problem::toString)
        .containsExactly(file + ": is not UTF-8 text: save it as UTF-8");
  }

  @Test
  void shouldSurviveEveryTruncationAndManyMutationsOfTheSample() throws Exception {
    ConfigFixture sample = new ConfigFixture(folder);
    String text = Files.readString(sample.write());
    for (int end = 0; end < text.length(); end += 7) {
      assertThat(sample.text(text.substring(0, end)).read()).isNotNull();
    }
    Random random = new Random(20260921);
    String alphabet = "[]{}:,-&*!|>'\"%@`#? \n\t0aé\u0000\u001b\ud83d";
    for (int round = 0; round < 500; round++) {
      StringBuilder mutated = new StringBuilder(text);
      for (int i = 0; i < 3; i++) {
        mutated.setCharAt(
            random.nextInt(mutated.length()), alphabet.charAt(random.nextInt(alphabet.length())));
      }
      String spoilt = mutated.toString().replace('\ud83d', '?');
      ConfigResult result = sample.text(spoilt).read();
      assertThat(result.config() == null)
          .as("an error when refused, and only then: %s", result.problems())
          .isEqualTo(
              result.problems().stream().anyMatch(p -> p.severity() == Problem.Severity.ERROR));
    }
  }
}
