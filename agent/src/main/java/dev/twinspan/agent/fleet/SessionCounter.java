package dev.twinspan.agent.fleet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Counts the agent's starts, on disk, so that each session has a number above all before it. */
final class SessionCounter {
  private static final String FILE = "session";
  private static final int MOST_DIGITS = 18;

  private SessionCounter() {}

  /**
   * The number of this start. What is no number counts as none: the clock's seconds are above any
   * count of starts.
   *
   * @throws IOException when it cannot be kept
   */
  static long next(Path directory, long nowSeconds) throws IOException {
    Files.createDirectories(directory);
    Path file = directory.resolve(FILE);
    long next = last(file, nowSeconds) + 1;
    Path written = directory.resolve(FILE + ".new");
    try (FileChannel channel =
        FileChannel.open(
            written,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      channel.write(ByteBuffer.wrap((next + "\n").getBytes(StandardCharsets.US_ASCII)));
      channel.force(true);
    }
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return next;
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
