package dev.twinspan.agent.update;

/** A bundle that is not taken, and why. */
public final class UpdateRefusal extends Exception {
  private static final long serialVersionUID = 1L;
  private final String reason;

  /**
   * @param reason stable code
   * @param sentence value seen, value expected, what to change
   */
  public UpdateRefusal(String reason, String sentence) {
    super(sentence);
    this.reason = reason;
  }

  public String reason() {
    return reason;
  }

  public String sentence() {
    return String.valueOf(getMessage());
  }
}
