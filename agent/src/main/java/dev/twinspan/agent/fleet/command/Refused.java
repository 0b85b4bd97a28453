package dev.twinspan.agent.fleet.command;

/** A command that is not carried out, and why. */
final class Refused extends Exception {
  private static final long serialVersionUID = 1L;
  private final String reason;

  /**
   * @param reason stable code
   * @param sentence value seen, value expected
   */
  Refused(String reason, String sentence) {
    super(sentence);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }

  String sentence() {
    return String.valueOf(getMessage());
  }
}
