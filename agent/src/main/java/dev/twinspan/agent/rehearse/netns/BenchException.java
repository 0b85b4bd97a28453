package dev.twinspan.agent.rehearse.netns;

/**
 * Something the bench needs did not happen; the message says what, what was seen, and a way out.
 */
public final class BenchException extends RuntimeException {
  private final String sentence;

  public BenchException(String message) {
    super(message);
    sentence = message;
  }

  public BenchException(String message, Throwable cause) {
    super(message, cause);
    sentence = message;
  }

  /** The message, which is never null here. */
  public String sentence() {
    return sentence;
  }
}
