package dev.twinspan.agent.fleet.command;

/** What others sent, for a sentence or a log line: short, and without control characters. */
final class Printable {
  private static final int MOST = 64;

  private Printable() {}

  static String of(String text) {
    String head = text.length() > MOST ? text.substring(0, MOST) + "…" : text;
    return head.chars()
        .map(c -> Character.isISOControl(c) || Character.isSurrogate((char) c) ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
