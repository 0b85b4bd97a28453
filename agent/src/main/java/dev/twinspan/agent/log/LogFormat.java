package dev.twinspan.agent.log;

import dev.twinspan.agent.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import tools.jackson.databind.node.ObjectNode;

/** How a log line looks. */
public enum LogFormat {
  /** Time, level, class and text. */
  HUMAN {
    @Override
    String line(Instant time, Level level, String logger, String text, Map<String, String> fields) {
      return "%s %-5s %s: %s"
          .formatted(CLOCK.format(time), level, simple(logger), indented(printable(text)));
    }
  },
  /**
   * For standard error that journald reads: the priority in front of every line, sd-daemon(3). The
   * journal has time and unit of its own.
   */
  JOURNAL {
    @Override
    String line(Instant time, Level level, String logger, String text, Map<String, String> fields) {
      String prefix = "<" + priority(level) + ">";
      return (simple(logger) + ": " + printable(text))
          .lines()
          .map(line -> prefix + line)
          .collect(Collectors.joining("\n"));
    }
  },
  /** One object a line. */
  JSON {
    @Override
    String line(Instant time, Level level, String logger, String text, Map<String, String> fields) {
      ObjectNode line =
          Json.object()
              .put("time", time.toString())
              .put("level", level.name().toLowerCase(Locale.ROOT))
              .put("logger", logger)
              .put("text", text);
      fields.forEach(line::put);
      return Json.compact(line);
    }
  };

  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneId.systemDefault());

  /**
   * Without a line end; may hold line ends where the text does.
   *
   * @param fields for programs; people find in the text what they need of them
   */
  abstract String line(
      Instant time, Level level, String logger, String text, Map<String, String> fields);

  static String whole(String text, @Nullable Throwable thrown) {
    return thrown == null ? text : text + "\n" + trace(thrown);
  }

  /**
   * Parts of a line may come from a peer: no escape sequence may reach a terminal, and no line of
   * its own a log.
   */
  static String printable(String text) {
    return text.chars()
        .map(c -> Character.isISOControl(c) && c != '\n' && c != '\t' ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static String indented(String text) {
    return text.replace("\n", "\n    ");
  }

  private static String trace(Throwable thrown) {
    StringWriter trace = new StringWriter();
    thrown.printStackTrace(new PrintWriter(trace, true));
    return trace.toString().stripTrailing();
  }

  /** syslog(3). */
  static int priority(Level level) {
    return switch (level) {
      case ERROR -> 3;
      case WARN -> 4;
      case INFO -> 6;
      case DEBUG, TRACE -> 7;
    };
  }

  private static String simple(String logger) {
    return logger.substring(logger.lastIndexOf('.') + 1);
  }
}
