package dev.twinspan.agent.fleet.command;

import dev.twinspan.agent.status.AgentStatus;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.status.TunnelStatus.ChildSa;
import dev.twinspan.agent.status.TunnelStatus.State;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel that is to become something.
 *
 * @param reached in a sentence
 */
record TunnelGoal(String tunnel, Predicate<TunnelStatus> goal, String reached) implements Watch {

  static TunnelGoal drained(String tunnel) {
    return new TunnelGoal(tunnel, t -> t.state() == State.DRAINED, tunnel + " is drained");
  }

  static TunnelGoal up(String tunnel) {
    return new TunnelGoal(tunnel, t -> t.state() == State.UP, tunnel + " is up");
  }

  /** Up again, with another IKE SA than before. */
  static TunnelGoal newIkeSa(String tunnel, AgentStatus before) {
    Long old = find(before, tunnel).map(TunnelGoal::ikeSpi).orElse(null);
    return new TunnelGoal(
        tunnel,
        t -> {
          Long spi = ikeSpi(t);
          return t.state() == State.UP && spi != null && !spi.equals(old);
        },
        tunnel + " is up with a new IKE SA");
  }

  /** Sends by a CHILD SA that was not there before. */
  static TunnelGoal newChildSa(String tunnel, AgentStatus before) {
    Set<Integer> old =
        find(before, tunnel).stream()
            .flatMap(t -> t.childSas().stream())
            .map(ChildSa::inboundSpi)
            .collect(Collectors.toSet());
    return new TunnelGoal(
        tunnel,
        t -> t.childSas().stream().anyMatch(sa -> sa.sending() && !old.contains(sa.inboundSpi())),
        tunnel + " sends by a new CHILD SA");
  }

  private static @Nullable Long ikeSpi(TunnelStatus tunnel) {
    return tunnel.ike() == null ? null : tunnel.ike().initiatorSpi();
  }

  static Optional<TunnelStatus> find(AgentStatus status, String tunnel) {
    return status.tunnels().stream().filter(t -> t.name().equals(tunnel)).findFirst();
  }

  @Override
  public Progress look(AgentStatus status) {
    Optional<TunnelStatus> seen = find(status, tunnel);
    if (seen.isEmpty()) {
      return new Progress.Ended(
          false, "unknown_tunnel", tunnel + " is not configured any more", null);
    }
    if (goal.test(seen.get())) {
      return new Progress.Ended(true, "ok", reached, null);
    }
    return new Progress.Going(
        "%s is %s: %s"
            .formatted(
                tunnel,
                seen.get().state().name().toLowerCase(Locale.ROOT),
                seen.get().reason().code()),
        -1);
  }
}
