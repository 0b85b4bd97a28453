package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.update.Rauc;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What carries commands out; nothing here blocks. */
interface Hands {
  /**
   * What the machine itself has against it, whatever its tunnels do.
   *
   * @throws Refused when it cannot be carried out here
   */
  default void check(Order order) throws Refused {
    if (order instanceof Order.Update) {
      throw new Refused(
          "not_supported",
          "this box has no image that could be updated from afar: there is no " + Rauc.CONFIG);
    }
  }

  void begin(String id, Order order, AgentStatus status);

  /** What came of them since the last call. */
  List<Report> reports();

  /** News of a command. */
  sealed interface Report {
    String id();

    /** The control loop's word; what comes of it is to be seen in the status. */
    record Answered(String id, ControlResult result) implements Report {}

    /**
     * @param percent -1: not known
     */
    record Step(String id, String step, int percent) implements Report {}

    /**
     * @param reason stable code; of a success it is not told
     */
    record Ended(String id, boolean ok, String reason, String sentence, @Nullable ObjectNode result)
        implements Report {}
  }
}
