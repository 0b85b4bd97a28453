package dev.twinspan.agent.cli;

/** Exit codes of all commands; documented in {@code --help}. */
final class ExitCode {
  static final int OK = 0;

  /** The command was understood but did not succeed. */
  static final int FAILED = 1;

  /** The command line or the configuration is wrong. */
  static final int USAGE = 2;

  private ExitCode() {}
}
