package dev.twinspan.agent.doctor;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a past interruption was, where its course tells it: a gateway's reset, or its maintenance.
 */
final class HistoryRule implements Doctor.Rule {
  /** One that was lost often waits for minutes until it gets flows again, and works. */
  private static final Set<State> BACK = EnumSet.of(State.UP, State.SUSPECT, State.HELD);

  @Override
  public void examine(Evidence evidence, Consumer<Finding> out) {
    for (AgentStatus.Connection connection : evidence.status().connections()) {
      if (connection.tunnels().stream().allMatch(tunnel -> BACK.contains(tunnel.state()))) {
        past(evidence.status(), connection, out);
      }
    }
  }

  private static void past(
      AgentStatus status, AgentStatus.Connection connection, Consumer<Finding> out) {
    List<Event> losses =
        connection.tunnels().stream()
            .map(tunnel -> Farewells.lost(status, tunnel))
            .flatMap(Optional::stream)
            .toList();
    if (losses.size() > 1
        && losses.size() == connection.tunnels().size()
        && Farewells.together(losses)) {
      out.accept(
          Finding.note(
              Cause.GATEWAY_RESET,
              connection.name(),
              "all tunnels were lost together, and are up again: the gateway was reset, or the way"
                  + " to it was interrupted",
              Farewells.lines(losses)));
      return;
    }
    for (Event loss : losses) {
      if (Farewells.isOne(loss)) {
        out.accept(
            Finding.note(
                Cause.MAINTENANCE,
                Objects.requireNonNullElse(loss.tunnel(), connection.name()),
                "the instance ended its tunnel in order and is back: maintenance of the gateway",
                Farewells.lines(List.of(loss))));
      }
    }
  }
}
