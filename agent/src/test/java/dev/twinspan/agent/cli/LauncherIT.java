package dev.twinspan.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.config.ConfigFixture;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged program, started as a user starts it: through a link, from elsewhere. */
class LauncherIT {
  private static final Path LAUNCHER = Path.of("target/twinspan").toAbsolutePath();

  @TempDir Path folder;

  private record Run(int exitCode, String out) {}

  private Run run(String... arguments) throws Exception {
    Path link = folder.resolve("link");
    if (!Files.exists(link)) {
      Files.createSymbolicLink(link, LAUNCHER);
    }
    List<String> command = new ArrayList<>(List.of(link.toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(Path.of("/").toFile())
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out);
  }

  @Test
  void shouldTellItsVersionAndNothingElse() throws Exception {
    Run run = run("--version");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines()).first().asString().startsWith("twinspan 0.");
    assertThat(run.out()).doesNotContain("WARNING", "warning");
  }

  @Test
  void shouldCheckAConfiguration() throws Exception {
    Path file = new ConfigFixture(folder).write();

    assertThat(run("check", file.toString()))
        .isEqualTo(new Run(0, file + ": ok, branch-0017 has 2 tunnels to 1 gateway\n"));
  }

  @Test
  void shouldFailWithTwoOnWrongArguments() throws Exception {
    assertThat(run("chekc").exitCode()).isEqualTo(2);
  }
}
