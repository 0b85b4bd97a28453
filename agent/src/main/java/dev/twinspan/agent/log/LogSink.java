package dev.twinspan.agent.log;

import dev.twinspan.ffi.linux.JournalSocket;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Where all loggers write. Set up once at start, before there are other threads, but for the level,
 * which may change at any time; written to from any thread.
 */
public final class LogSink {
  /** Our classes, and {@code twinspan}, which speaks for the whole box. */
  private static final Pattern OWN = Pattern.compile("(dev\\.)?twinspan(\\..*)?");

  private static volatile LogFormat format =
      System.getenv("JOURNAL_STREAM") == null ? LogFormat.HUMAN : LogFormat.JOURNAL;
  private static volatile @Nullable Journal journal;
  private static volatile Level own = Level.INFO;

  private LogSink() {}

  public static void format(LogFormat chosen) {
    format = chosen;
  }

  /** The level of our own loggers; the libraries' stay at warnings. */
  public static void level(Level level) {
    own = level;
  }

  /** Of our own loggers. */
  public static Level level() {
    return own;
  }

  static boolean isOwn(String logger) {
    return OWN.matcher(logger).matches();
  }

  /** Allocates nothing: an event loop asks at each turn. */
  static boolean enabled(boolean isOwn, Level level) {
    Level least = isOwn ? own : Level.WARN;
    return level.toInt() >= least.toInt();
  }

  /** Has lines go to journald with their fields where standard error would end up there anyway. */
  public static void toJournal() {
    toJournal(
        Journal.behind(System.getenv().getOrDefault("JOURNAL_STREAM", ""), JournalSocket.PATH)
            .orElse(null));
  }

  static void toJournal(@Nullable Journal chosen) {
    journal = chosen;
  }

  static void write(
      Level level,
      String logger,
      String text,
      @Nullable Throwable thrown,
      Map<String, String> fields) {
    String whole = LogFormat.whole(text, thrown);
    Journal behind = journal;
    if (behind != null && behind.write(level, logger, whole, fields)) {
      return;
    }
    // One print call a record: System.err is locked within it, so lines do not mix.
    System.err.println(format.line(Instant.now(), level, logger, whole, fields));
  }
}
