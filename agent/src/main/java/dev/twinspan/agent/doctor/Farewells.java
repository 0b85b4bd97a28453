package dev.twinspan.agent.doctor;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.Event;
import dev.twinspan.agent.status.TunnelStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Events by which tunnels were lost, and those by which their peer said so before. */
final class Farewells {
  private static final Duration LATELY = Duration.ofMinutes(30);

  /** Azure resets both instances one shortly after the other, and maintains them one at a time. */
  private static final Duration TOGETHER = Duration.ofSeconds(90);

  /** An instance is back within minutes; one that is not has another trouble. */
  private static final Duration AWAY = Duration.ofMinutes(15);

  private static final Set<String> ANNOUNCED =
      Set.of("leaving", "bgp-cease-received", "peer-deleted");
  private static final Set<String> LOST =
      Set.of("leaving", "bgp-cease-received", "peer-deleted", "peer-silent", "liveness-timeout");

  /** After these the peer is there: its tunnel is, or it speaks and refuses what it hears. */
  private static final Set<String> BACK = Set.of("established", "bgp-notification-received");

  /**
   * Ceases (RFC 4486, RFC 8538) that tell of a limit, a refusal, a changed setting, a collision.
   */
  private static final Pattern NO_FAREWELL = Pattern.compile("\\(6/[15678]\\)");

  private Farewells() {}

  /** The last by which this tunnel was lost. */
  static Optional<Event> lost(AgentStatus status, TunnelStatus tunnel) {
    return last(status, tunnel, LOST, LATELY);
  }

  /** The one by which the peer of a tunnel that is not back yet took its leave. */
  static Optional<Event> said(AgentStatus status, TunnelStatus tunnel) {
    return last(status, tunnel, ANNOUNCED, AWAY)
        .filter(
            event ->
                status.events().stream()
                    .noneMatch(
                        later ->
                            tunnel.name().equals(later.tunnel())
                                && BACK.contains(later.code())
                                && later.time().isAfter(event.time())));
  }

  static boolean isOne(Event event) {
    return ANNOUNCED.contains(event.code());
  }

  /** Whether it is the gateway as a whole. */
  static boolean together(List<Event> events) {
    Instant first = events.stream().map(Event::time).min(Instant::compareTo).orElseThrow();
    Instant last = events.stream().map(Event::time).max(Instant::compareTo).orElseThrow();
    return Duration.between(first, last).compareTo(TOGETHER) <= 0;
  }

  static List<String> lines(List<Event> events) {
    return events.stream()
        .map(event -> "%s %s: %s".formatted(event.time(), event.tunnel(), event.sentence()))
        .toList();
  }

  private static Optional<Event> last(
      AgentStatus status, TunnelStatus tunnel, Set<String> codes, Duration within) {
    Instant from = status.time().minus(within);
    return status.events().stream()
        .filter(event -> tunnel.name().equals(event.tunnel()))
        .filter(event -> codes.contains(event.code()) && event.time().isAfter(from))
        .filter(event -> !NO_FAREWELL.matcher(event.sentence()).find())
        .reduce((_, later) -> later);
  }
}
