package dev.twinspan.agent.status;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * The latest copies of a status, for rates and sparklines. Rates are taken from the counters of two
 * neighbouring copies, so that they are right whatever the interval. One thread.
 */
public final class StatusHistory {
  private final int capacity;
  private final Deque<AgentStatus> copies = new ArrayDeque<>();

  /**
   * @param capacity copies kept; a sparkline gets one column less
   */
  public StatusHistory(int capacity) {
    this.capacity = capacity;
  }

  /** Adds the latest copy. An agent that was started anew starts a new history. */
  public void add(AgentStatus status) {
    AgentStatus last = copies.peekLast();
    if (last != null && !last.since().equals(status.since())) {
      copies.clear();
    }
    if (last != null && !status.time().isAfter(last.time()) && !copies.isEmpty()) {
      copies.removeLast();
    }
    copies.addLast(status);
    if (copies.size() > capacity) {
      copies.removeFirst();
    }
  }

  public Optional<AgentStatus> latest() {
    return Optional.ofNullable(copies.peekLast());
  }

  /** Inner bits a second that came in by a tunnel, oldest first. */
  public List<Double> inBits(String tunnel) {
    return rates(tunnel, traffic -> traffic.inBytes() * 8);
  }

  public List<Double> outBits(String tunnel) {
    return rates(tunnel, traffic -> traffic.outBytes() * 8);
  }

  public List<Double> inPackets(String tunnel) {
    return rates(tunnel, TunnelStatus.Traffic::inPackets);
  }

  public List<Double> outPackets(String tunnel) {
    return rates(tunnel, TunnelStatus.Traffic::outPackets);
  }

  /** Share of inbound packets that never came, over all that is kept; 0 to 1. */
  public double loss(String tunnel) {
    long lost = difference(tunnel, TunnelStatus.Traffic::lost);
    long came = difference(tunnel, TunnelStatus.Traffic::inPackets);
    return lost == 0 ? 0 : (double) lost / (lost + came);
  }

  private long difference(String tunnel, ToLongFunction<TunnelStatus.Traffic> counter) {
    List<Long> values = values(tunnel, counter);
    return values.isEmpty() ? 0 : Math.max(0, values.getLast() - values.getFirst());
  }

  private List<Long> values(String tunnel, ToLongFunction<TunnelStatus.Traffic> counter) {
    return copies.stream()
        .flatMap(copy -> copy.tunnels().stream())
        .filter(status -> status.name().equals(tunnel))
        .map(status -> counter.applyAsLong(status.traffic()))
        .toList();
  }

  private List<Double> rates(String tunnel, ToLongFunction<TunnelStatus.Traffic> counter) {
    List<Double> rates = new ArrayList<>();
    AgentStatus before = null;
    for (AgentStatus copy : copies) {
      if (before != null) {
        rates.add(rate(before, copy, tunnel, counter));
      }
      before = copy;
    }
    return rates;
  }

  private static double rate(
      AgentStatus before,
      AgentStatus after,
      String tunnel,
      ToLongFunction<TunnelStatus.Traffic> counter) {
    double seconds = Duration.between(before.time(), after.time()).toNanos() / 1e9;
    long grown = counter(after, tunnel, counter) - counter(before, tunnel, counter);
    return seconds <= 0 ? 0 : Math.max(0, grown / seconds);
  }

  private static long counter(
      AgentStatus status, String tunnel, ToLongFunction<TunnelStatus.Traffic> counter) {
    return status.tunnels().stream()
        .filter(candidate -> candidate.name().equals(tunnel))
        .mapToLong(candidate -> counter.applyAsLong(candidate.traffic()))
        .findFirst()
        .orElse(0);
  }
}
