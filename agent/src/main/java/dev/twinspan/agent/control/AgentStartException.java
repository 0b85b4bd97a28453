package dev.twinspan.agent.control;

/** The agent cannot start; the message is the one sentence the operator reads. */
public final class AgentStartException extends Exception {
  private static final long serialVersionUID = 1L;

  public AgentStartException(String message, Throwable cause) {
    super(message, cause);
  }

  public AgentStartException(String message) {
    super(message);
  }
}
