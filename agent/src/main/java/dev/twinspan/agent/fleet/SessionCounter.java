package dev.twinspan.agent.fleet;

import dev.twinspan.agent.config.FleetConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the agent's starts, on disk, so that each session has a number above all before it. */
public final class SessionCounter {
  private static final Logger LOG = LoggerFactory.getLogger(SessionCounter.class);
  private static final String FILE = "session";
  private static final int MOST_DIGITS = 18;

  private SessionCounter() {}

  /**
   * The number of this start, above those before it. Without a fleet that has a directory for it,
   * it is counted where the service manager lets the agent keep its state, and is otherwise the
   * time: the clock's seconds are above any count of starts.
   *
   * @param stateDirectory systemd's STATE_DIRECTORY; null: there is none
   */
  public static long ofThisStart(@Nullable FleetConfig fleet, @Nullable String stateDirectory) {
    long seconds = Instant.now().getEpochSecond();
    Path directory;
    if (fleet != null) {
      directory = fleet.stateDirectory();
    } else if (stateDirectory != null && stateDirectory.startsWith("/")) {
      // systemd separates several by colons.
      directory = Path.of(stateDirectory.split(":", 2)[0]);
    } else {
      return seconds;
    }
    try {
      return next(directory, seconds);
    } catch (IOException e) {
      LOG.warn(
          "{} cannot be written ({}): this start's number is the time", directory, e.getMessage());
      return seconds;
    }
  }

  /** Later starts get higher numbers than this, also by a directory that is configured later. */
  static void keep(Path directory, long session, long nowSeconds) throws IOException {
    Files.createDirectories(directory);
    if (last(directory.resolve(FILE), nowSeconds) < session) {
      write(directory, session);
    }
  }

  /**
   * The number of this start. What is no number counts as none: the clock's seconds are above any
   * count of starts.
   *
   * @throws IOException when it cannot be kept
   */
  static long next(Path directory, long nowSeconds) throws IOException {
    Files.createDirectories(directory);
    long next = last(directory.resolve(FILE), nowSeconds) + 1;
    write(directory, next);
    return next;
  }

  private static void write(Path directory, long session) throws IOException {
    Path file = directory.resolve(FILE);
    Path written = directory.resolve(FILE + ".new");
    try (FileChannel channel =
        FileChannel.open(
            written,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      channel.write(ByteBuffer.wrap((session + "\n").getBytes(StandardCharsets.US_ASCII)));
      channel.force(true);
    }
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static long last(Path file, long nowSeconds) throws IOException {
    try {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
      return text.matches("[0-9]{1," + MOST_DIGITS + "}") ? Long.parseLong(text) : nowSeconds;
    } catch (NoSuchFileException _) {
      return 0;
    }
  }
}
