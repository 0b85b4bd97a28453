package dev.twinspan.agent.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ResultsCommandTest {
  private static final String MACHINE =
      "\"machine\": {\"model\": \"N100\", \"cores\": 4, \"load\": \"0.10\", \"twinspan\": \"1"
          + " (abc)\"}";

  @TempDir private Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... more) {
    return new CommandLine(new BenchCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(more);
  }

  @Test
  void shouldPrintARowForEachFigure() throws Exception {
    Files.writeString(
        directory.resolve("a.json"),
        "{%s, \"versus\": [{\"name\": \"wireguard-go\", \"version\": \"v0\", \"flows\": 1,"
                .formatted(MACHINE)
            + " \"rounds\": 5, \"gigabits-median\": 1.36, \"gigabits-least\": 1.2,"
            + " \"gigabits-most\": 1.5, \"ratio-median\": 3.9}]}");
    Files.writeString(
        directory.resolve("b.json"),
        "{%s, \"injected\": {}, \"packets\": 1000000000, \"packets-per-second\": 2000000,"
                .formatted(MACHINE)
            + " \"verdict\": \"right\"}");

    assertThat(run("results", directory.toString())).isZero();

    assertThat(out.toString().lines().skip(2))
        .containsExactly(
            "| wireguard-go v0, TCP flows: 1 | 1.36 Gbit/s (1.20 – 1.50), median of 5; ours is 3.9"
                + " × that | N100, 4 cores, load 0.10, 1 (abc) | a.json |",
            "| soak, each payload checked | 1000 million packets, 2.00 million a second; right |"
                + " N100, 4 cores, load 0.10, 1 (abc) | b.json |");
    out.getBuffer().setLength(0);
    assertThat(run("results", directory.toString(), "--json")).isZero();
    assertThat(Json.parse(out.toString()).at("/rows/1/file").stringValue()).isEqualTo("b.json");
  }

  @Test
  void shouldSayWhichDirectoryItCannotRead() throws Exception {
    assertThat(run("results", directory.resolve("none").toString())).isEqualTo(1);
    assertThat(err.toString()).contains("cannot read the results in", "none");
    Files.writeString(directory.resolve("broken.json"), "{");
    assertThat(run("results", directory.toString())).isEqualTo(1);
  }
}
