package dev.twinspan.agent.control;

import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.tunnel.Sighting;
import dev.twinspan.agent.tunnel.TunnelPhase;
import dev.twinspan.agent.tunnel.TunnelSet;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Gets over the loss of a peer's state: an instance that was reset, or an address that another
 * instance took over. Nobody says so; the old IKE SA is silent, and its standard timeout is 45 s.
 * So a fresh IKE SA is tried beside a silent one, and the interruption is measured and told: from
 * the last packet heard before it, or the first sent in vain, to the first heard on fresh SAs.
 * Owned by the control loop.
 */
final class Interruptions {
  private static final long MILLISECOND = 1_000_000L;

  /** A tunnel that nothing can stand in for is suspected so long before a fresh IKE SA is tried. */
  private static final long SUSPECTED = 200 * MILLISECOND;

  /** A lost one, so long. */
  private static final long LOST = 1_000 * MILLISECOND;

  /** What was heard longer before the first packet sent in vain was no part of a conversation. */
  private static final long TALK = 2_000 * MILLISECOND;

  /**
   * One that is under way.
   *
   * @param from when it began
   * @param before what was sent on then; null: nothing
   */
  private record Open(long from, Tunnel.@Nullable Pair before) {}

  private final TunnelTable table;
  private final TunnelSet selection;
  private final IkeEngine engine;
  private final EventRing events;
  private final Consumer<List<IkeAction>> perform;
  private final ObjLongConsumer<String> beganAnew;
  private final Map<String, Open> open = new HashMap<>();
  private final Map<String, Boolean> keyed = new HashMap<>();

  /**
   * @param perform carries out what the IKE core asks for
   * @param beganAnew hears of tunnels whose far end is heard on fresh SAs after a silence, and when
   */
  Interruptions(
      TunnelTable table,
      TunnelSet selection,
      IkeEngine engine,
      EventRing events,
      Consumer<List<IkeAction>> perform,
      ObjLongConsumer<String> beganAnew) {
    this.table = table;
    this.selection = selection;
    this.engine = engine;
    this.events = events;
    this.perform = perform;
    this.beganAnew = beganAnew;
  }

  void look(long now, String name, Sighting seen) {
    Tunnel tunnel = table.tunnel(name);
    if (tunnel == null) {
      return;
    }
    boolean was = Boolean.TRUE.equals(keyed.put(name, seen.keyed()));
    TunnelSet.View view = selection.view(name);
    boolean closing = view.phase() == TunnelPhase.DRAINING || view.phase() == TunnelPhase.DRAINED;
    Open under = open.get(name);
    if (closing) {
      open.remove(name);
    } else if (silent(now, name, view)) {
      begin(now, name, seen, tunnel.sending());
      perform.accept(engine.openBeside(now, name));
    } else if (was && !seen.keyed()) {
      begin(now, name, seen, null);
    } else if (under != null) {
      lookFor(now, name, seen, tunnel.sending(), under);
    }
  }

  private boolean silent(long now, String name, TunnelSet.View view) {
    long since = now - view.sinceNanos();
    return switch (view.phase()) {
      case SUSPECT -> since >= SUSPECTED && selection.alone(name);
      // Where IKE answers and ESP does not, fresh SAs change nothing. What nothing can stand in for
      // was suspected for long enough.
      case LOST -> !selection.isBlackholed(name) && (since >= LOST || selection.alone(name));
      default -> false;
    };
  }

  private void begin(long now, String name, Sighting seen, Tunnel.@Nullable Pair sending) {
    long heard = seen.heardAt();
    long silent = selection.silentSince(name);
    long from = silent == 0 ? now : silent;
    from = heard != 0 && from - heard < TALK ? heard : from;
    open.putIfAbsent(name, new Open(from, sending));
  }

  /**
   * Over with the first packet on fresh SAs; with none at all when the old ones are heard again.
   */
  private void lookFor(
      long now, String name, Sighting seen, Tunnel.@Nullable Pair sending, Open under) {
    if (sending == null || seen.heardAt() == 0 || seen.heardAt() - under.from() <= 0) {
      return;
    }
    open.remove(name);
    if (sending != under.before()) {
      beganAnew.accept(name, now);
      Duration gap = Duration.ofNanos(seen.heardAt() - under.from());
      events.add(
          name,
          "reconnected",
          "the gateway is heard again on fresh SAs, %d ms after it fell silent: its instance was reset, or another has taken over its address"
              .formatted(gap.toMillis()),
          gap);
    }
  }
}
