package dev.twinspan.agent.tunnel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The in-tunnel probes of all tunnels that have a target: latency and loss of the way that flows
 * take. A sans-I/O core like {@link TunnelSet}, beside it: what it measures moves no flow, but
 * where a silence of ESP has no other explanation ({@link InsideTrial}); what it misses may make
 * the peer be asked by IKE a little earlier ({@link Meantime}). Owned by the control loop.
 */
public final class ProbeSet {
  private final Map<String, Prober> probers = new LinkedHashMap<>();
  private long nextLook;
  private boolean learning;

  /**
   * To be sent now.
   *
   * @param number comes back with the answer
   */
  public record Probe(String tunnel, int number) {}

  /**
   * What is known of a tunnel by its probes.
   *
   * @param answers whether the target is known to answer
   * @param latencyNanos there and back; 0: not known
   * @param loss of the last probes, 0 to 1
   * @param missed the latest in a row that were not answered
   */
  public record View(
      boolean answers, long latencyNanos, double loss, long sent, long answered, int missed) {}

  /** Takes up a configuration: the tunnels that have a target. */
  public void configure(Set<String> tunnels) {
    probers.keySet().retainAll(tunnels);
    tunnels.forEach(name -> probers.computeIfAbsent(name, _ -> new Prober()));
    nextLook = 0;
  }

  /** Starts anew with a tunnel: its target is another. */
  public void forget(String tunnel) {
    probers.computeIfPresent(tunnel, (_, _) -> new Prober());
  }

  /**
   * The tunnel is back: what was missed while it was away says nothing of its target, which is
   * learnt anew.
   */
  public void relearn(String tunnel) {
    Prober prober = probers.get(tunnel);
    if (prober != null) {
      prober.relearn();
      nextLook = 0;
    }
  }

  /**
   * @param eyes sees a tunnel by its name
   */
  public List<Probe> look(long now, Function<String, Sighting> eyes) {
    List<Probe> due = new ArrayList<>();
    probers.forEach(
        (name, prober) -> {
          if (prober.look(now, eyes.apply(name))) {
            due.add(new Probe(name, prober.number()));
          }
        });
    learning = probers.values().stream().anyMatch(Prober::isLearning);
    nextLook = now + (learning ? Timing.PROBE_LEARN : Timing.PROBE_LOOK);
    return due;
  }

  /** One out of turn; empty for a tunnel without a target. */
  public Optional<Probe> hurry(long now, String tunnel) {
    Prober prober = probers.get(tunnel);
    if (prober == null) {
      return Optional.empty();
    }
    prober.hurry(now);
    return Optional.of(new Probe(tunnel, prober.number()));
  }

  /** What {@link TunnelSet} is to know. */
  public Sighting.Inside inside(String tunnel) {
    Prober prober = probers.get(tunnel);
    return prober == null
        ? Sighting.Inside.UNKNOWN
        : new Sighting.Inside(prober.answersWell(), prober.heardAt(), prober.quickest());
  }

  /** When {@link #look} is due next; {@link Long#MAX_VALUE} when nothing has a target. */
  public long nextLook(long now) {
    return probers.isEmpty() ? Long.MAX_VALUE : nextLook == 0 ? now : nextLook;
  }

  /** Whether nothing may come in between: what is not urgent goes along with the next turn. */
  public boolean isUrgent() {
    return learning || nextLook == 0;
  }

  public void answered(String tunnel, int number, long at) {
    Prober prober = probers.get(tunnel);
    if (prober != null) {
      prober.answered(at, number);
    }
  }

  /** Null for a tunnel without a target. */
  public @Nullable View view(String tunnel) {
    Prober prober = probers.get(tunnel);
    return prober == null
        ? null
        : new View(
            prober.answers(),
            prober.latency(),
            prober.loss(),
            prober.sent(),
            prober.answeredCount(),
            prober.missesInARow());
  }
}
