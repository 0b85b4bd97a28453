package dev.twinspan.agent.doctor;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a past interruption was, where its course tells it: a gateway's reset, or its maintenance.
 */
final class HistoryRule implements Doctor.Rule {
  private static final Duration LATELY = Duration.ofMinutes(30);

  /** Azure resets both instances one shortly after the other, and maintains them one at a time. */
  private static final Duration TOGETHER = Duration.ofSeconds(90);

  private static final Set<String> ANNOUNCED =
      Set.of("leaving", "bgp-cease-received", "peer-deleted");
  private static final Set<String> LOST =
      Set.of("leaving", "bgp-cease-received", "peer-deleted", "peer-silent", "liveness-timeout");

  @Override
  public void examine(Evidence evidence, Consumer<Finding> out) {
    for (AgentStatus.Connection connection : evidence.status().connections()) {
      if (connection.tunnels().stream().allMatch(tunnel -> tunnel.state() == State.UP)) {
        past(evidence.status(), connection, out);
      }
    }
  }

  private static void past(
      AgentStatus status, AgentStatus.Connection connection, Consumer<Finding> out) {
    List<Event> losses =
        connection.tunnels().stream()
            .map(tunnel -> last(status, tunnel, LOST))
            .flatMap(Optional::stream)
            .toList();
    if (losses.size() > 1
        && losses.size() == connection.tunnels().size()
        && span(losses).compareTo(TOGETHER) <= 0) {
      out.accept(
          Finding.note(
              Cause.GATEWAY_RESET,
              connection.name(),
              "all tunnels were lost together, and are up again: the gateway was reset, or the way"
                  + " to it was interrupted",
              lines(losses)));
      return;
    }
    for (Event loss : losses) {
      if (ANNOUNCED.contains(loss.code())) {
        out.accept(
            Finding.note(
                Cause.MAINTENANCE,
                Objects.requireNonNullElse(loss.tunnel(), connection.name()),
                "the instance ended its tunnel in order and is back: maintenance of the gateway",
                lines(List.of(loss))));
      }
    }
  }

  private static Optional<Event> last(AgentStatus status, TunnelStatus tunnel, Set<String> codes) {
    Instant from = status.time().minus(LATELY);
    return status.events().stream()
        .filter(event -> tunnel.name().equals(event.tunnel()))
        .filter(event -> codes.contains(event.code()) && event.time().isAfter(from))
        .reduce((_, later) -> later);
  }

  private static Duration span(List<Event> events) {
    Instant first = events.stream().map(Event::time).min(Instant::compareTo).orElseThrow();
    Instant last = events.stream().map(Event::time).max(Instant::compareTo).orElseThrow();
    return Duration.between(first, last);
  }

  private static List<String> lines(List<Event> events) {
    return events.stream()
        .map(event -> "%s %s: %s".formatted(event.time(), event.tunnel(), event.sentence()))
        .toList();
  }
}
