package dev.twinspan.agent.config;

import dev.twinspan.agent.config.Problem.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gathers what is wrong while one file is read. Confined to the reading thread. */
final class Problems {
  private final String file;
  private final List<Problem> found = new ArrayList<>();
  private @Nullable YamlTree tree;

  Problems(String file) {
    this.file = file;
  }

  void locateIn(YamlTree located) {
    tree = located;
  }

  void error(String path, String sentence) {
    add(Severity.ERROR, path, sentence);
  }

  /** About a key and not its value. */
  void keyError(String path, String sentence) {
    error(tree == null ? YamlTree.Mark.WHOLE_FILE : tree.keyMark(path), path, sentence);
  }

  void warning(String path, String sentence) {
    add(Severity.WARNING, path, sentence);
  }

  void error(YamlTree.Mark mark, String path, String sentence) {
    found.add(new Problem(Severity.ERROR, file, mark.line(), mark.column(), path, sentence));
  }

  boolean hasErrors() {
    return found.stream().anyMatch(problem -> problem.severity() == Severity.ERROR);
  }

  /**
   * Whether something at or below a path is wrong, so that what follows from it need not be told.
   */
  boolean hasErrorAt(String path) {
    return found.stream()
        .anyMatch(
            problem -> problem.severity() == Severity.ERROR && problem.path().startsWith(path));
  }

  /** What is warned of, without places: path and sentence. */
  List<String> warnings() {
    return sorted().stream()
        .filter(problem -> problem.severity() == Severity.WARNING)
        .map(problem -> problem.path() + ": " + problem.sentence())
        .toList();
  }

  /** In the order of the file. */
  List<Problem> sorted() {
    return found.stream()
        .sorted(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column))
        .toList();
  }

  private void add(Severity severity, String path, String sentence) {
    YamlTree.Mark mark = tree == null ? YamlTree.Mark.WHOLE_FILE : tree.mark(path);
    found.add(new Problem(severity, file, mark.line(), mark.column(), path, sentence));
  }
}
