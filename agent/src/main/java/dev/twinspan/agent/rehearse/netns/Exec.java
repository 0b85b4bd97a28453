package dev.twinspan.agent.rehearse.netns;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program to its end. Arguments are lists, never a shell line. Any thread may call; blocks.
 */
public final class Exec {
  private static final Executor READERS = task -> Thread.ofVirtual().start(task);
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private Exec() {}

  /** What a program left behind. */
  public record Result(List<String> command, int exit, String out, String err) {
    public boolean ok() {
      return exit == 0;
    }

    /**
     * @throws BenchException with the command, its exit code and what it said
     */
    public Result orThrow() {
      if (ok()) {
        return this;
      }
      String said = (err.isBlank() ? out : err).strip();
      throw new BenchException(
          "`%s` failed with exit code %d: %s"
              .formatted(
                  String.join(" ", command), exit, said.isEmpty() ? "it said nothing" : said));
    }
  }

  public static Result run(String... command) {
    return run(List.of(command), "", LIMIT);
  }

  /**
   * @param input what the program reads on its standard input
   * @param limit after which it is killed
   * @throws BenchException when it cannot be started or does not end in time
   */
  public static Result run(List<String> command, String input, Duration limit) {
    try {
      Process process = builder(command).start();
      CompletableFuture<String> out = read(process.getInputStream());
      CompletableFuture<String> err = read(process.getErrorStream());
      feed(process, input);
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new BenchException(
            "`%s` did not end within %d s".formatted(String.join(" ", command), limit.toSeconds()));
      }
      return new Result(command, process.exitValue(), out.join(), err.join());
    } catch (IOException e) {
      throw new BenchException(
          "cannot run `%s`: %s".formatted(command.getFirst(), e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted in `%s`".formatted(String.join(" ", command)), e);
    }
  }

  /** Where programs are looked for: an ordinary user's PATH lacks the directories of ip and nft. */
  static List<String> searchPath() {
    List<String> path =
        new ArrayList<>(List.of(System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(":")));
    path.addAll(List.of("/usr/sbin", "/sbin"));
    return path;
  }

  static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("PATH", String.join(":", searchPath()));
    return builder;
  }

  /** A program may end without reading its input (and so break the pipe): its exit code tells. */
  private static void feed(Process process, String input) {
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException _) {
      // Reported by the exit code.
    }
  }

  private static CompletableFuture<String> read(InputStream stream) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        READERS);
  }
}
