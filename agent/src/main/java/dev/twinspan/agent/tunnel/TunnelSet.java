package dev.twinspan.agent.tunnel;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All tunnels of this box: which may carry flows, and why. A sans-I/O core: time and what is seen
 * come in, actions come out. Owned by the control loop.
 */
public final class TunnelSet {
  private final Map<String, TunnelFsm> tunnels = new LinkedHashMap<>();
  private final Function<String, TunnelFsm> machines;
  private boolean elsewhere;
  private Map<String, List<String>> connections = Map.of();

  public TunnelSet() {
    this(TunnelFsm::new);
  }

  /** For tests that plant a bug. */
  TunnelSet(Function<String, TunnelFsm> machines) {
    this.machines = machines;
  }

  /**
   * A tunnel as status shows it.
   *
   * @param sinceNanos when the phase was entered; 0: from the start
   */
  public record View(TunnelPhase phase, TunnelReason reason, long sinceNanos) {}

  /**
   * Takes up a configuration; tunnels that are in both keep their state.
   *
   * @param next names of connections, and of their tunnels in the order of preference
   */
  public void configure(Map<String, List<String>> next) {
    connections = Map.copyOf(next);
    List<String> names = next.values().stream().flatMap(List::stream).toList();
    tunnels.keySet().retainAll(names);
    names.forEach(name -> tunnels.computeIfAbsent(name, machines));
  }

  /**
   * Looks at the tunnels whose time it is.
   *
   * @param eyes sees a tunnel by its name
   */
  public List<TunnelAction> look(long now, Function<String, Sighting> eyes) {
    List<TunnelAction> actions = new ArrayList<>();
    for (List<String> names : connections.values()) {
      if (!isDue(now, names)) {
        continue;
      }
      List<TunnelFsm> members = new ArrayList<>(names.size());
      Map<String, Sighting> seen = HashMap.newHashMap(names.size());
      for (String name : names) {
        members.add(fsm(name));
        seen.put(name, eyes.apply(name));
      }
      for (TunnelFsm fsm : members) {
        if (fsm.isDue(now)) {
          fsm.look(now, sighting(seen, fsm), around(now, fsm, members, seen));
          actions.addAll(fsm.take());
        }
      }
    }
    return actions;
  }

  /** Whether there is a tunnel to look at. */
  public boolean isDue(long now) {
    return tunnels.values().stream().anyMatch(fsm -> fsm.isDue(now));
  }

  private boolean isDue(long now, List<String> names) {
    for (String name : names) {
      if (fsm(name).isDue(now)) {
        return true;
      }
    }
    return false;
  }

  private static Sighting sighting(Map<String, Sighting> seen, TunnelFsm fsm) {
    Sighting sighting = seen.get(fsm.name());
    if (sighting == null) {
      throw new IllegalStateException(fsm.name() + " was not seen");
    }
    return sighting;
  }

  /**
   * @param on whether somebody else takes over what our tunnels cannot carry: then a lone tunnel is
   *     no last one, and is given up as early as one of two
   */
  public void elsewhere(boolean on) {
    elsewhere = on;
  }

  private Neighbours around(
      long now, TunnelFsm own, List<TunnelFsm> members, Map<String, Sighting> seen) {
    boolean alternative = elsewhere;
    boolean working = elsewhere;
    long heardAt = 0;
    long heardPackets = 0;
    double loss = 1;
    for (TunnelFsm other : members) {
      if (other != own) {
        Sighting sighting = sighting(seen, other);
        alternative |=
            sighting.keyed()
                && isBetter(now, other.phase(), sighting, sighting(seen, own).heardAt());
        working |= sighting.keyed() && standing(other) > DOUBTFUL;
        heardAt = Timing.latest(sighting.heardAt(), heardAt);
        heardPackets += sighting.heardPackets();
        loss = other.phase() == TunnelPhase.UP ? Math.min(loss, other.loss().loss()) : loss;
      }
    }
    return new Neighbours(alternative, working, heardAt, heardPackets, loss);
  }

  /**
   * Whether flows of a tunnel that is silent would get through on this one. What makes answers late
   * on all tunnels at once, as a busy machine does, makes all of them suspect: one that was heard
   * since is better nevertheless.
   */
  private static boolean isBetter(long now, TunnelPhase phase, Sighting seen, long silentSince) {
    return switch (phase) {
      case UP -> true;
      case SUSPECT ->
          within(now, seen.heardAt(), Timing.TWO_WAY)
              && seen.heardAt() - silentSince > Timing.SILENCE_FLOOR;
      case HELD -> within(now, seen.answeredAt(), 2 * Timing.ASK_HELD);
      case DOWN, LOST, LEAVING, DRAINING, DRAINED -> false;
    };
  }

  private static boolean within(long now, long at, long nanos) {
    return at != 0 && now - at < nanos;
  }

  /** When {@link #look} is due next at the latest; {@link Long#MAX_VALUE} without tunnels. */
  public long nextLook() {
    long next = Long.MAX_VALUE;
    for (TunnelFsm fsm : tunnels.values()) {
      next = Math.min(next, fsm.nextLook());
    }
    return next;
  }

  /** Look at that tunnel at once: its SAs changed. */
  public List<TunnelAction> lookNow(long now, String tunnel, Function<String, Sighting> eyes) {
    fsm(tunnel).hurry(now);
    return look(now, eyes);
  }

  /** The connection's tunnels that may carry flows now, in the order of preference. */
  public List<String> usable(String connection) {
    return usable(connections.getOrDefault(connection, List.of()));
  }

  /**
   * Those of these tunnels that may carry flows now: what waits out its hold-down, or leaves, only
   * where nothing better is there; and what is doubtful, only where there is nothing else at all.
   */
  public List<String> usable(List<String> names) {
    int best = standing(names);
    return best == NONE ? List.of() : names.stream().filter(n -> standing(fsm(n)) == best).toList();
  }

  /** Whether no other tunnel that could take over its flows is in good order. */
  public boolean alone(String tunnel) {
    return connections.values().stream()
        .filter(names -> names.contains(tunnel))
        .flatMap(List::stream)
        .noneMatch(name -> !name.equals(tunnel) && phase(name) == TunnelPhase.UP);
  }

  /** No flow may go by it. */
  public static final int NONE = 0;

  /** IKE answers, and ESP is taken for blackholed. */
  public static final int DOUBTFUL = 1;

  /** Waits out its hold-down, or is about to go. */
  public static final int MAKESHIFT = 2;

  /** Carries flows. */
  public static final int GOOD = 3;

  /** The standing of the best of these. */
  public int standing(Collection<String> names) {
    return names.stream().mapToInt(name -> standing(fsm(name))).max().orElse(NONE);
  }

  private int standing(TunnelFsm fsm) {
    return switch (fsm.phase()) {
      case UP, SUSPECT -> GOOD;
      case HELD, LEAVING -> MAKESHIFT;
      case LOST -> fsm.lastResort() ? DOUBTFUL : NONE;
      case DOWN, DRAINING, DRAINED -> NONE;
    };
  }

  /** When the first packet was sent that nothing was heard after; 0: there is none. */
  public long silentSince(String tunnel) {
    return fsm(tunnel).silence().since();
  }

  /** Whether IKE answers on the tunnel while its ESP is taken for blackholed. */
  public boolean isBlackholed(String tunnel) {
    return fsm(tunnel).blackholed();
  }

  private TunnelPhase phase(String tunnel) {
    return fsm(tunnel).phase();
  }

  public View view(String tunnel) {
    TunnelFsm fsm = fsm(tunnel);
    return new View(fsm.phase(), fsm.reason(), fsm.changedAt());
  }

  /**
   * How well a tunnel carries what it carries.
   *
   * @param loss of what its peer sent in the last seconds, 0 to 1
   * @param shunned why new flows keep away from it; null: they do not
   */
  public record Quality(double loss, @Nullable TunnelReason shunned) {}

  public Quality quality(String tunnel) {
    TunnelFsm fsm = fsm(tunnel);
    return new Quality(fsm.loss().loss(), fsm.shunned());
  }

  /** Whether new flows are to keep away from the tunnel where another carries as well. */
  public boolean isShunned(String tunnel) {
    TunnelFsm fsm = tunnels.get(tunnel);
    return fsm != null && fsm.shunned() != null;
  }

  /**
   * {@code tunnel drain}: flows leave it, then it is closed.
   *
   * @param spoken whether its BGP session is up: then the peer is told to send elsewhere, and gets
   *     the time to do so
   */
  public List<TunnelAction> drain(long now, String tunnel, boolean spoken) {
    fsm(tunnel).drain(now, spoken);
    return fsm(tunnel).take();
  }

  /** {@code tunnel undrain}. */
  public List<TunnelAction> undrain(long now, String tunnel) {
    fsm(tunnel).undrain(now);
    return fsm(tunnel).take();
  }

  /** {@code tunnel reset}: its past is forgotten. When its SAs are gone. */
  public void reset(String tunnel) {
    fsm(tunnel).reset();
  }

  /**
   * The peer announced that the tunnel will go, as by a BGP Cease: its flows go first.
   *
   * @param why beginning of a sentence: who said what
   */
  public List<TunnelAction> leaving(long now, String tunnel, String why) {
    fsm(tunnel).leaving(now, why);
    return fsm(tunnel).take();
  }

  /** What was announced did not come, as when the BGP session is up again. */
  public List<TunnelAction> stays(long now, String tunnel, String why) {
    fsm(tunnel).stays(now, why);
    return fsm(tunnel).take();
  }

  private TunnelFsm fsm(String tunnel) {
    TunnelFsm fsm = tunnels.get(tunnel);
    if (fsm == null) {
      throw new IllegalArgumentException("no tunnel " + tunnel);
    }
    return fsm;
  }
}
