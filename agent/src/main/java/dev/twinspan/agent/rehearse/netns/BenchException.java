package dev.twinspan.agent.rehearse.netns;

/**
 * Something the bench needs did not happen; the message says what, what was seen, and a way out.
 */
public final class BenchException extends RuntimeException {
  public BenchException(String message) {
    super(message);
  }

  public BenchException(String message, Throwable cause) {
    super(message, cause);
  }
}
