package dev.twinspan.agent.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What standard output is. */
public final class Terminal {
  private Terminal() {}

  /**
   * Whether standard output is a terminal. {@code System.console()} would load a line editor to
   * tell (JDK 22 and later), which costs more than the rest of a short command.
   */
  public static boolean isTerminal() {
    return isTerminal(1);
  }

  /**
   * @param descriptor 1: standard output, 2: standard error
   */
  public static boolean isTerminal(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }

  /** See no-color.org; {@code TERM=dumb} has no colours. */
  public static boolean wantsColour() {
    String off = System.getenv("NO_COLOR");
    return isTerminal() && (off == null || off.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
  }

  /** Whether block and line drawing characters come out as such. */
  public static boolean speaksUnicode() {
    return System.out.charset().newEncoder().canEncode("▁█─●");
  }

  /** Texts may hold what a peer or a file says: no escape sequence may reach the terminal. */
  public static String printable(CharSequence text) {
    return text.chars()
        .map(c -> Character.isISOControl(c) && c != '\n' ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /**
   * The same for a text that is to stay one line: line ends go, and what turns the direction of
   * writing around.
   */
  public static String line(CharSequence text) {
    return text.codePoints()
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
