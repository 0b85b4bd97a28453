package dev.twinspan.agent.drill;

import dev.twinspan.agent.drill.DrillReport.Outcome;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Drains each tunnel in turn, never two at once, and never one whose neighbours are not healthy:
 * each night in its window, or because somebody asked. A sans-I/O core: time and what is seen come
 * in, actions come out. Owned by the control loop.
 */
public final class SelfDrill {
  private Map<String, List<String>> connections = Map.of();
  private @Nullable DrillWindow window;
  private long rest;
  private final ArrayDeque<Turn> turns = new ArrayDeque<>();
  private @Nullable Exercise current;
  private boolean currentOfNight;
  private @Nullable LocalDate night;

  /** Drained by a drill that a new configuration ended. */
  private @Nullable String abandoned;

  private final Map<String, DrillReport> reports = new LinkedHashMap<>();
  private long nextLook;

  /**
   * @param ofNight given up when the window closes
   */
  private record Turn(String tunnel, long rest, boolean ofNight) {}

  /**
   * Takes up a configuration; a drill under way goes on.
   *
   * @param next names of connections, and of their tunnels
   * @param nightly null: only when asked
   * @param restNanos how long a tunnel stays closed
   */
  public void configure(
      Map<String, List<String>> next, @Nullable DrillWindow nightly, long restNanos) {
    connections = new LinkedHashMap<>(next);
    window = nightly;
    rest = restNanos;
    Exercise exercise = current;
    if (exercise != null && !exercise.members().equals(members(exercise.tunnel()))) {
      // Its neighbours are others now: what is drained comes back at the next look.
      abandoned = members(exercise.tunnel()).isEmpty() ? null : exercise.tunnel();
      current = null;
    }
    turns.removeIf(turn -> members(turn.tunnel()).isEmpty());
    reports.keySet().removeIf(tunnel -> members(tunnel).isEmpty());
    nextLook = 0;
  }

  /**
   * Drills these tunnels as soon as may be.
   *
   * @param restNanos how long each stays closed
   * @return why not; null: it is begun
   */
  public @Nullable String ask(long now, List<String> tunnels, long restNanos) {
    Exercise running = current;
    if (running != null || !turns.isEmpty()) {
      return "a drill is under way"
          + (running == null ? "" : ", of " + running.tunnel())
          + ": wait for its end, see twinspan status";
    }
    for (String tunnel : tunnels) {
      if (members(tunnel).size() < 2) {
        return tunnel
            + " is the only tunnel of its connection: a drill would cut the site off; add the"
            + " gateway's other instance";
      }
    }
    tunnels.forEach(tunnel -> turns.add(new Turn(tunnel, restNanos, false)));
    nextLook = now;
    return null;
  }

  /** When {@link #look} is due next. */
  public long nextLook() {
    boolean idle = current == null && turns.isEmpty() && abandoned == null;
    return window == null && idle ? Long.MAX_VALUE : nextLook;
  }

  /**
   * Looks whether it is time, and after the drill under way.
   *
   * @param wall local time, asked for only where there is a window
   * @param eyes sees a tunnel by its name
   */
  public List<DrillAction> look(
      long now, Supplier<LocalDateTime> wall, Function<String, DrillSight> eyes) {
    List<DrillAction> actions = new ArrayList<>();
    String alone = abandoned;
    if (alone != null) {
      abandoned = null;
      actions.add(new DrillAction.Undrain(alone));
    }
    DrillWindow nightly = window;
    if (nightly != null) {
      keepHours(now, nightly.night(wall.get()), actions);
    }
    if (current == null) {
      begin(now);
    }
    Exercise exercise = current;
    if (exercise != null) {
      Map<String, DrillSight> seen = new LinkedHashMap<>();
      exercise.members().forEach(name -> seen.put(name, eyes.apply(name)));
      actions.addAll(exercise.look(now, seen));
      settle(exercise);
    }
    nextLook = now + (current == null && turns.isEmpty() ? Timing.LOOK_IDLE : Timing.LOOK);
    return actions;
  }

  /** A new night drills all; its end begins nothing more, and what is drained comes back. */
  private void keepHours(long now, @Nullable LocalDate tonight, List<DrillAction> actions) {
    if (tonight == null) {
      while (!turns.isEmpty() && turns.getFirst().ofNight()) {
        Turn turn = turns.removeFirst();
        Exercise never = new Exercise(now, turn.tunnel(), members(turn.tunnel()), turn.rest());
        never.skip(now, "the window closed before its turn");
        actions.addAll(never.take());
        settle(never);
      }
      Exercise exercise = current;
      if (exercise != null && currentOfNight && exercise.isWatching()) {
        exercise.skip(now, "the window closed before all tunnels were healthy");
        actions.addAll(exercise.take());
        settle(exercise);
      }
      return;
    }
    if (!Objects.equals(tonight, night)) {
      night = tonight;
      for (List<String> members : connections.values()) {
        if (members.size() > 1) {
          members.forEach(tunnel -> turns.add(new Turn(tunnel, rest, true)));
        }
      }
    }
  }

  private void begin(long now) {
    Turn turn = turns.pollFirst();
    if (turn != null) {
      current = new Exercise(now, turn.tunnel(), members(turn.tunnel()), turn.rest());
      currentOfNight = turn.ofNight();
    }
  }

  private void settle(Exercise exercise) {
    DrillReport report = exercise.report();
    if (report != null) {
      reports.put(exercise.tunnel(), report);
      if (exercise == current) {
        current = null;
      }
      if (report.outcome() == Outcome.FAILED) {
        turns.clear(); // One that stays away is enough for a night.
      }
    }
  }

  /** The tunnel whose drill is under way; null: none. */
  public @Nullable String current() {
    Exercise exercise = current;
    return exercise == null ? null : exercise.tunnel();
  }

  /** The tunnels that wait for their turn, in that order. */
  public List<String> waiting() {
    return turns.stream().map(Turn::tunnel).toList();
  }

  /** The last of each tunnel. */
  public List<DrillReport> reports() {
    return List.copyOf(reports.values());
  }

  private List<String> members(String tunnel) {
    return connections.values().stream()
        .filter(members -> members.contains(tunnel))
        .findFirst()
        .orElse(List.of());
  }
}
