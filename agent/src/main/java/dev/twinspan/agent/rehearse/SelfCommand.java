package dev.twinspan.agent.rehearse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How this very program is started once more: as an agent, or as a host of traffic. */
public final class SelfCommand {
  /** Set by the launcher script to its own path. */
  public static final String LAUNCHER_PROPERTY = "twinspan.launcher";

  private SelfCommand() {}

  /** The command line for {@code twinspan ARGUMENTS}. */
  public static List<String> of(String... arguments) {
    List<String> command = new ArrayList<>(program());
    command.addAll(List.of(arguments));
    return command;
  }

  private static List<String> program() {
    Optional<String> launcher = Optional.ofNullable(System.getProperty(LAUNCHER_PROPERTY));
    if (launcher.isPresent()) {
      return List.of(launcher.get());
    }
    Path java = Path.of(System.getProperty("java.home", ""), "bin", "java");
    if (!Files.isExecutable(java)) {
      // A native image has no Java home; its executable is the program.
      return List.of(Path.of("/proc/self/exe").toAbsolutePath().toString());
    }
    return List.of(
        java.toString(),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-XX:+UseSerialGC",
        "-XX:MetaspaceSize=64m", // as the launcher script does
        // Whoever talks by standard output is not to be interrupted by the JVM's own warnings, as
        // of
        // a performance file that another bench's process of the same number has.
        "-XX:-UsePerfData",
        "-Xlog:disable",
        "-Xlog:all=warning:stderr",
        "-cp",
        System.getProperty("java.class.path", ""),
        "dev.twinspan.agent.cli.Main");
  }
}
