package dev.twinspan.agent.board;

import java.util.List;
import java.util.stream.Collectors;

/** README's table of boards, in Markdown. */
public final class BoardTable {
  private BoardTable() {}

  /** Lines, each ended. */
  public static String markdown(List<Board> boards) {
    StringBuilder text =
        new StringBuilder(
            """
            | board | what it is | status | processor, AES | boots by, slots | console | measured |
            |---|---|---|---|---|---|---|
            """);
    boards.forEach(
        board ->
            text.append(
                "| [%1$s](boards/%1$s.toml) | %2$s | %3$s | %4$s, %5$s | %6$s, two of %7$d MiB | %8$s | %9$s |\n"
                    .formatted(
                        board.id(),
                        board.name(),
                        BoardReader.word(board.status()),
                        board.architecture(),
                        aes(board.crypto()),
                        board.boot().backEnd(),
                        board.image().slotMib(),
                        board.boot().console().getFirst(),
                        figures(board.figures()))));
    return text.toString();
  }

  private static String aes(Board.Crypto crypto) {
    return "none".equals(crypto.instructions())
        ? "no AES instructions (%s)".formatted(crypto.backEnd())
        : "%s (%s)".formatted(crypto.instructions(), crypto.backEnd());
  }

  private static String figures(List<Board.Figure> figures) {
    return figures.isEmpty()
        ? "–"
        : figures.stream()
            .map(f -> "%s: %s %s".formatted(f.what(), plain(f.value()), f.unit()))
            .collect(Collectors.joining(" · "));
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
