package dev.twinspan.agent.sightings;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compares what all JVMs of a test run saw with the metadata on the class path, and fails with each
 * omission: what, who asked, and the entry to add. Run by the build at the end of verify.
 *
 * <p>{@code SightingCheck DIRECTORY}, or {@code SightingCheck DIRECTORY --add FILE} to put the
 * missing entries into that reachability-metadata.json.
 */
public final class SightingCheck {
  private SightingCheck() {}

  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    String classPath = System.getProperty("java.class.path", "");
    if (args.length == 3 && args[1].equals("--add")) {
      Path file = Path.of(args[2]);
      List<Sighting> omitted = omissions(read(directory), Metadata.ofClassPath(classPath));
      Files.writeString(file, MetadataFile.withAll(Files.readString(file), omitted));
    } else {
      System.exit(check(directory, classPath, System.out));
    }
  }

  /**
   * @param classPath whose metadata is compared
   * @return the exit code
   */
  static int check(Path directory, String classPath, PrintStream out) throws IOException {
    List<Sighting> seen = read(directory);
    if (seen.isEmpty()) {
      out.println("native image metadata: no test ran, nothing to compare");
      return 0;
    }
    List<Sighting> omitted = omissions(seen, Metadata.ofClassPath(classPath));
    if (!omitted.isEmpty()) {
      out.println(report(omitted));
      return 1;
    }
    out.printf("native image metadata: all of %d sightings are listed%n", seen.size());
    return 0;
  }

  /** Empty when there is no such directory. */
  static List<Sighting> read(Path directory) throws IOException {
    List<Sighting> seen = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".txt")).toList()) {
          String text = Files.readString(file);
          // A JVM that was killed while it wrote leaves half a line.
          text.substring(0, text.lastIndexOf('\n') + 1)
              .lines()
              .map(Sighting::parse)
              .forEach(seen::add);
        }
      }
    }
    return seen.stream().distinct().toList();
  }

  static List<Sighting> omissions(List<Sighting> seen, Metadata metadata) {
    return seen.stream().filter(sighting -> !metadata.lists(sighting)).toList();
  }

  /** A line for each subject, with its callers. */
  static String report(List<Sighting> omitted) {
    Map<String, String> callers =
        omitted.stream()
            .collect(
                Collectors.groupingBy(
                    sighting -> sighting.kind() + " " + sighting.subject(),
                    TreeMap::new,
                    Collectors.mapping(
                        Sighting::caller,
                        Collectors.collectingAndThen(Collectors.toSet(), String::valueOf))));
    return callers.entrySet().stream()
        .map(entry -> "  " + entry.getKey() + " by " + entry.getValue())
        .collect(
            Collectors.joining(
                "\n",
                callers.size()
                    + " things that the tests reached by name are in no META-INF/native-image of"
                    + " the class path:\n",
                "\n"
                    + "A native image would not find them. ./mvnw -pl agent exec:exec@add-sightings"
                    + " adds them to reachability-metadata.json: look at what it adds"));
  }
}
