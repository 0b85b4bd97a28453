package dev.twinspan.agent.config;

/**
 * Something wrong in a configuration.
 *
 * @param file as the operator named it
 * @param line from 1; 0 when the whole file is meant
 * @param column from 1; 0 when the whole file is meant
 * @param path e.g. {@code connections[0].instances[1].address}; empty for the whole file
 * @param sentence value seen, value expected, what to change
 */
public record Problem(
    Severity severity, String file, int line, int column, String path, String sentence) {
  public enum Severity {
    ERROR,
    WARNING
  }

  /** {@code FILE:LINE:COL: path: sentence}, warnings marked as such. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(file).append(':');
    if (line > 0) {
      text.append(line).append(':').append(column).append(':');
    }
    text.append(severity == Severity.WARNING ? " warning: " : " ");
    if (!path.isEmpty()) {
      text.append(path).append(": ");
    }
    return printable(text.append(sentence));
  }

  /** What comes out of a file may hold escape sequences: they must not reach a terminal. */
  private static String printable(CharSequence text) {
    return text.chars()
        .map(c -> Character.isISOControl(c) ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
