package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.netns.BenchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files of one bench: configurations, keys, logs, sockets, captures, under the temporary
 * directory as {@code twinspan-bench-PID-…}. Its name is short because a Unix socket's path has 107
 * bytes. What a killed bench left behind is removed by the next.
 */
public final class BenchDirectory implements AutoCloseable {
  private static final String PREFIX = "twinspan-bench-";

  private final Path path;

  private BenchDirectory(Path path) {
    this.path = path;
  }

  static BenchDirectory create() {
    return create(PREFIX);
  }

  /**
   * For another kind of bench.
   *
   * @param prefix of its name and of its like, before the number of this process
   */
  public static BenchDirectory create(String prefix) {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    try {
      removeLeftovers(temporary, prefix);
      return new BenchDirectory(
          Files.createTempDirectory(
              temporary,
              prefix + ProcessHandle.current().pid() + "-",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
    } catch (IOException e) {
      throw new BenchException(
          "cannot make a directory in %s (java.io.tmpdir): %s".formatted(temporary, e.getMessage()),
          e);
    }
  }

  /**
   * The bench that is up now.
   *
   * @throws BenchException when there is none, or more than one
   */
  static Path onlyLive() {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    List<Path> live = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(temporary, PREFIX + "*")) {
      found.forEach(
          directory -> live.addAll(ownerLives(directory, PREFIX) ? List.of(directory) : List.of()));
    } catch (IOException e) {
      throw new BenchException(
          "cannot look for benches in %s: %s".formatted(temporary, e.getMessage()), e);
    }
    return switch (live.size()) {
      case 0 ->
          throw new BenchException("no bench is up: start one with `twinspan rehearse --hold`");
      case 1 -> live.getFirst();
      default -> throw new BenchException("several benches are up, choose with --bench: " + live);
    };
  }

  public Path path() {
    return path;
  }

  private static void removeLeftovers(Path temporary, String prefix) throws IOException {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(temporary, prefix + "*")) {
      for (Path directory : found) {
        if (!ownerLives(directory, prefix) && Files.isWritable(directory)) {
          removeLeftover(directory);
        }
      }
    }
  }

  /** Another bench may be removing it in the same moment; what stays is for the next one. */
  private static void removeLeftover(Path directory) {
    try {
      remove(directory);
    } catch (NoSuchFileException _) {
      // It is.
    } catch (IOException e) {
      System.err.println("bench: cannot remove " + directory + ": " + e.getMessage());
    }
  }

  private static boolean ownerLives(Path directory, String prefix) {
    String pid = directory.getFileName().toString().substring(prefix.length()).split("-")[0];
    return pid.chars().allMatch(Character::isDigit)
        && !pid.isEmpty()
        && ProcessHandle.of(Long.parseLong(pid)).isPresent();
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() {
    try {
      remove(path);
    } catch (IOException e) {
      System.err.println("bench: cannot remove " + path + ": " + e.getMessage());
    }
  }
}
