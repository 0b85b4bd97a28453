package dev.twinspan.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script as far as it goes without jars; {@link LauncherIT} does the rest. */
class LauncherTest {
  private static final Path SCRIPT = Path.of("src/main/dist/twinspan");

  @TempDir Path folder;

  private String run(Path script) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("sh", script.toString(), "--version");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.directory(Path.of("/").toFile()).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isEqualTo(1);
    return out;
  }

  @Test
  void shouldLookBesideItselfWhateverTheDirectoryAndTheLink() throws Exception {
    Path home = Files.createDirectory(folder.resolve("a home with blanks")).toRealPath();
    Path script = Files.copy(SCRIPT, home.resolve("twinspan"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), script);
    String sentence =
        "twinspan: " + home + "/twinspan-agent.jar is missing: build it with ./mvnw package\n";

    assertThat(run(script)).isEqualTo(sentence);
    assertThat(run(link)).isEqualTo(sentence);
  }
}
