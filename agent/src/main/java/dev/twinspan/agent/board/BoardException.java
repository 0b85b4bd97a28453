package dev.twinspan.agent.board;

import java.nio.file.Path;
import java.util.List;

/** A board's file that cannot be used: one sentence for each thing that is wrong. */
public final class BoardException extends Exception {
  private static final long serialVersionUID = 1L;

  BoardException(Path file, List<String> sentences) {
    super(
        sentences.stream()
            .map(sentence -> file + ": " + sentence)
            .reduce((a, b) -> a + System.lineSeparator() + b)
            .orElseThrow());
  }
}
