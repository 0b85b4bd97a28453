package dev.twinspan.agent.cli;

/** Ends a command with one line on standard error. */
final class CommandFailure extends Exception {
  private static final long serialVersionUID = 1L;
  private final int exitCode;

  CommandFailure(int exitCode, String sentence) {
    super(sentence);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
