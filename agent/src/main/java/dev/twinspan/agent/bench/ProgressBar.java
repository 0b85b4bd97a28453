package dev.twinspan.agent.bench;

import java.io.PrintWriter;

/** One line that grows, on a terminal; elsewhere a line for each quarter that is done. */
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 24;
  private static final String CLEAR = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean terminal;
  private final int steps;
  private int done;

  ProgressBar(PrintWriter out, boolean terminal, int steps) {
    this.out = out;
    this.terminal = terminal;
    this.steps = steps;
  }

  /** What is being done now. */
  void show(String now) {
    if (terminal) {
      int full = WIDTH * done / steps;
      out.print(
          CLEAR
              + "["
              + "#".repeat(full)
              + " ".repeat(WIDTH - full)
              + "] %3d %%  %s".formatted(100 * done / steps, now));
      out.flush();
    }
  }

  void step() {
    done++;
    if (!terminal && done * 4 / steps != (done - 1) * 4 / steps) {
      out.printf("%d %% measured%n", 100 * done / steps);
      out.flush();
    }
  }

  @Override
  public void close() {
    if (terminal) {
      out.print(CLEAR);
      out.flush();
    }
  }
}
