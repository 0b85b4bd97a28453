package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.status.AgentStatus;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Looks in the status for what a command was to bring about. */
interface Watch {
  /** How far it is. */
  sealed interface Progress {
    /**
     * @param percent -1: not known
     */
    record Going(String step, int percent) implements Progress {}

    /**
     * @param reason stable code; of a success it is not told
     */
    record Ended(boolean ok, String reason, String sentence, @Nullable ObjectNode result)
        implements Progress {}
  }

  /**
   * @param status a copy that was made after the command was taken
   */
  Progress look(AgentStatus status);

  /**
   * Empty for what tells of its end itself.
   *
   * @param before as it was when the command came
   */
  static Optional<Watch> of(Order order, AgentStatus before) {
    return switch (order) {
      case Order.Reset(String tunnel) -> Optional.of(TunnelGoal.newIkeSa(tunnel, before));
      case Order.Rekey(String tunnel, boolean ike) ->
          Optional.of(
              ike ? TunnelGoal.newIkeSa(tunnel, before) : TunnelGoal.newChildSa(tunnel, before));
      case Order.Drain(String tunnel) -> Optional.of(TunnelGoal.drained(tunnel));
      case Order.Undrain(String tunnel) -> Optional.of(TunnelGoal.up(tunnel));
      case Order.SelfDrill(String tunnel) -> Optional.of(new DrillGoal(tunnel));
      case Order.Capture _, Order.SpeedTest _, Order.LogLevel _, Order.Reboot _, Order.Update _ ->
          Optional.empty();
    };
  }
}
