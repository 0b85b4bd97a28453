package dev.twinspan.agent.status;

import java.util.ArrayList;
import java.util.List;

/**
 * One line of a terminal page: pieces of text with a style each. Every character is one column
 * wide; what is not (control characters and everything from the wide scripts on) becomes a question
 * mark, so that nothing a peer sent can move the cursor or break the page. One thread, while it is
 * built.
 */
public final class PageLine {
  /**
   * What a piece means; told apart by form and word too, never by colour alone. The colours are the
   * blue and orange that all eyes tell apart (Okabe and Ito).
   */
  public enum Style {
    PLAIN(""),
    DIM("\u001b[2m"),
    STRONG("\u001b[1m"),
    GOOD("\u001b[38;5;39m"),
    WARN("\u001b[38;5;214m"),
    BAD("\u001b[1;38;5;208m"),
    INBOUND("\u001b[38;5;75m"),
    OUTBOUND("\u001b[38;5;179m");

    private final String sequence;

    Style(String sequence) {
      this.sequence = sequence;
    }
  }

  private static final String RESET = "\u001b[0m";
  private static final int FIRST_WIDE = 0x2e80;

  private record Piece(String text, Style style) {}

  private final int width;
  private final List<Piece> pieces = new ArrayList<>();
  private int used;

  /**
   * @param width columns; what does not fit is cut, the cut shown by an ellipsis
   */
  public PageLine(int width) {
    this.width = width;
  }

  public PageLine add(String text, Style style) {
    String clean = clean(text);
    int room = width - used;
    if (clean.length() > room) {
      clean = room <= 0 ? "" : clean.substring(0, room - 1) + "…";
    }
    if (!clean.isEmpty()) {
      pieces.add(new Piece(clean, style));
      used += clean.length();
    }
    return this;
  }

  public PageLine add(String text) {
    return add(text, Style.PLAIN);
  }

  /** Fills with blanks up to a column. */
  public PageLine to(int column) {
    return add(" ".repeat(Math.max(0, Math.min(column, width) - used)));
  }

  /** Puts a text at the right edge when there is room. */
  public PageLine right(String text, Style style) {
    int start = width - clean(text).length();
    return start > used ? to(start).add(text, style) : this;
  }

  public int used() {
    return used;
  }

  /** Without styles, for pipes and tests. */
  public String plain() {
    StringBuilder line = new StringBuilder();
    pieces.forEach(piece -> line.append(piece.text()));
    return line.toString().stripTrailing();
  }

  /** With escape sequences. */
  public String ansi() {
    StringBuilder line = new StringBuilder();
    for (Piece piece : pieces) {
      if (piece.style() == Style.PLAIN) {
        line.append(piece.text());
      } else {
        line.append(piece.style().sequence).append(piece.text()).append(RESET);
      }
    }
    return line.toString();
  }

  private static String clean(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> Character.isISOControl(c) || c >= FIRST_WIDE ? '?' : c)
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }
}
