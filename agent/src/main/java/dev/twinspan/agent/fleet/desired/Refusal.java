package dev.twinspan.agent.fleet.desired;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;

/** A configuration that is not tried, and why. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;
  private final String reason;
  private final transient @Nullable ArrayNode problems;

  /**
   * @param reason stable code
   * @param sentence value seen, value expected
   */
  Refusal(String reason, String sentence) {
    this(reason, sentence, null);
  }

  Refusal(String reason, String sentence, @Nullable ArrayNode problems) {
    super(sentence);
    this.reason = reason;
    this.problems = problems;
  }

  String reason() {
    return reason;
  }

  String sentence() {
    return String.valueOf(getMessage());
  }

  @Nullable ArrayNode problems() {
    return problems;
  }
}
