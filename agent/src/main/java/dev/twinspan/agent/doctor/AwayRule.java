package dev.twinspan.agent.doctor;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Instances that took their leave in order and are not back yet: a reset of the gateway while it
 * goes on, or its maintenance. That such a peer is silent is no finding of its own.
 */
final class AwayRule implements Doctor.Rule {
  @Override
  public void examine(Evidence evidence, Consumer<Finding> out) {
    for (AgentStatus.Connection connection : evidence.status().connections()) {
      List<TunnelStatus> away =
          connection.tunnels().stream().filter(tunnel -> isAway(evidence, tunnel)).toList();
      List<Event> farewells =
          away.stream()
              .map(tunnel -> Farewells.said(evidence.status(), tunnel))
              .flatMap(Optional::stream)
              .toList();
      boolean none = connection.tunnels().stream().noneMatch(t -> t.state() == State.UP);
      if (away.size() > 1
          && away.size() == connection.tunnels().size()
          && Farewells.together(farewells)) {
        out.accept(
            Finding.problem(
                Cause.GATEWAY_RESET,
                connection.name(),
                "all instances ended their tunnels in order within a moment, and none is back yet:"
                    + " the gateway is being reset or changed",
                Farewells.lines(farewells),
                "nothing yet: it takes minutes, and the tunnels open by themselves",
                "Azure: the activity log of the gateway tells who reset or changed it"));
        continue;
      }
      for (TunnelStatus tunnel : away) {
        List<String> lines =
            Farewells.lines(Farewells.said(evidence.status(), tunnel).stream().toList());
        String sentence =
            "the instance ended its tunnel in order and is not back yet: maintenance of the"
                + " gateway";
        String fix =
            "nothing yet: an instance is back within minutes, and its tunnel opens by itself";
        out.accept(
            none
                ? Finding.problem(Cause.MAINTENANCE, tunnel.name(), sentence, lines, fix)
                : Finding.warning(Cause.MAINTENANCE, tunnel.name(), sentence, lines, fix));
      }
    }
  }

  /** Whether it is silent, after a farewell. */
  static boolean isAway(Evidence evidence, TunnelStatus tunnel) {
    boolean gone =
        tunnel.state() == State.LEAVING
            || tunnel.state() == State.IDLE
            || PathRule.isSilent(tunnel);
    return gone && Farewells.said(evidence.status(), tunnel).isPresent();
  }
}
