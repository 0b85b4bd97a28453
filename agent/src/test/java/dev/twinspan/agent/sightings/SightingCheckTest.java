package dev.twinspan.agent.sightings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A command under the instrumenting agent, in a JVM of its own, against the metadata as shipped.
 */
class SightingCheckTest {
  private static final String PATH =
      "META-INF/native-image/dev.twinspan/twinspan-agent/reachability-metadata.json";
  private static final String CLASS_PATH = System.getProperty("java.class.path", "");

  @TempDir Path folder;

  private record Run(int exit, String out) {}

  private Run java(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xlog:disable"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out);
  }

  /** What the build makes of the classes, for a test alone in an IDE. */
  private Path agentJar() throws Exception {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", SightingAgent.class.getName());
    Path jar = folder.resolve("twinspan-agent-sightings.jar");
    Path classes =
        Path.of(SightingAgent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path own = classes.resolve(SightingAgent.class.getPackageName().replace('.', '/'));
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
        Stream<Path> files = Files.list(own)) {
      for (Path file : files.toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        Files.copy(file, out);
      }
    }
    return jar;
  }

  private Path seenOf(String... command) throws Exception {
    Path seen = folder.resolve("seen");
    List<String> arguments =
        new ArrayList<>(List.of("-javaagent:" + agentJar() + "=" + seen, "-cp", CLASS_PATH));
    arguments.add("dev.twinspan.agent.cli.Main");
    arguments.addAll(List.of(command));
    Run run = java(arguments.toArray(String[]::new));
    assertThat(run.exit()).as(run.out()).isZero();
    return seen;
  }

  private Run check(Path seen, String classPath) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int exit =
        SightingCheck.check(seen, classPath, new PrintStream(out, true, StandardCharsets.UTF_8));
    return new Run(exit, out.toString(StandardCharsets.UTF_8));
  }

  /** The class path with one entry of our own metadata taken for another. */
  private String planted(String entry, String instead) throws Exception {
    Path classes =
        Stream.of(CLASS_PATH.split(File.pathSeparator))
            .map(Path::of)
            .filter(place -> Files.exists(place.resolve(PATH)))
            .findFirst()
            .orElseThrow();
    // Only the metadata: the classes are not looked at.
    Path copy = folder.resolve("classes");
    try (Stream<Path> all = Files.walk(classes.resolve("META-INF"))) {
      for (Path path : all.toList()) {
        Path to = copy.resolve(classes.relativize(path).toString());
        Files.createDirectories(to.getParent());
        Files.copy(path, to);
      }
    }
    String text = Files.readString(copy.resolve(PATH));
    assertThat(text).contains(entry);
    Files.writeString(copy.resolve(PATH), text.replace(entry, instead));
    return CLASS_PATH.replace(classes.toString(), copy.toString());
  }

  @Test
  void shouldFindAllListedThatACommandReaches() throws Exception {
    Path seen = seenOf("check", "--schema");

    Run run = check(seen, CLASS_PATH);

    assertThat(run.out()).contains("sightings are listed");
    assertThat(run.exit()).isZero();
    assertThat(SightingCheck.read(seen))
        .contains(
            new Sighting(
                Sighting.Kind.RESOURCE,
                "dev/twinspan/agent/config/twinspan.schema.json",
                true,
                "dev.twinspan.agent.config.ConfigSchema"));
  }

  @Test
  void shouldFailOnAPlantedOmission() throws Exception {
    Path seen = seenOf("check", "--schema");
    String entry = "{\"glob\":\"dev/twinspan/agent/config/twinspan.schema.json\"}";

    Run run = check(seen, planted(entry, "{\"glob\":\"nothing\"}"));

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out())
        .startsWith("1 things that the tests reached by name")
        .contains(
            "  RESOURCE dev/twinspan/agent/config/twinspan.schema.json by"
                + " [dev.twinspan.agent.config.ConfigSchema]\n");
  }
}
