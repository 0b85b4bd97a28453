package dev.twinspan.agent.status;

/**
 * The answer to a command.
 *
 * @param code stable, for machines: {@code accepted}, {@code unknown-tunnel}, {@code
 *     not-established} …
 * @param sentence for people; what to do when it failed
 */
public record ControlResult(boolean ok, String code, String sentence) {
  public static ControlResult accepted(String sentence) {
    return new ControlResult(true, "accepted", sentence);
  }

  public static ControlResult refused(String code, String sentence) {
    return new ControlResult(false, code, sentence);
  }
}
