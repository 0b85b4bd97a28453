package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Await;
import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * What an appliance tells of flows that changed their tunnel. An agent that was not given the
 * processor for a third of a second takes its peer for silent and moves flows, as it should: what
 * is said of flows that stay holds for a while in which none had to go.
 */
final class Moves {
  /** A tunnel is left. */
  private static final Set<String> LOSSES =
      Set.of("peer-silent", "esp-blackhole", "no-sa", "relieved", "leaving");

  /** Or is used again. */
  private static final Set<String> RETURNS =
      Set.of("keyed", "hold-down", "carrying", "last-resort");

  /** Packets under way when flows move arrive a little later. */
  private static final Duration UNDER_WAY = Duration.ofSeconds(1);

  private Moves() {}

  /** All that were told from then until this moment; waits for a status that is younger. */
  static List<Event> since(Supplier<Optional<AgentStatus>> box, Instant from) {
    return events(box, from).stream()
        .filter(event -> LOSSES.contains(event.code()) || RETURNS.contains(event.code()))
        .toList();
  }

  /** Those that were no return. */
  static List<Event> losses(Supplier<Optional<AgentStatus>> box, Instant from) {
    return events(box, from).stream().filter(event -> LOSSES.contains(event.code())).toList();
  }

  private static List<Event> events(Supplier<Optional<AgentStatus>> box, Instant from) {
    Instant now = Instant.now();
    AtomicReference<AgentStatus> younger = new AtomicReference<>();
    Await.orThrow(
        Scenario.UP,
        () -> {
          box.get().filter(status -> status.time().isAfter(now)).ifPresent(younger::set);
          return younger.get() != null;
        },
        "a status of after " + now,
        () -> box.get().map(status -> "one of " + status.time()).orElse("no answer"));
    return younger.get().events().stream()
        .filter(event -> event.tunnel() != null)
        .filter(event -> event.time().isAfter(from.minus(UNDER_WAY)))
        .toList();
  }
}
