package dev.twinspan.agent.control;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.status.TunnelStatus;
import dev.twinspan.agent.tunnel.Failover;
import dev.twinspan.agent.tunnel.Sighting;
import dev.twinspan.agent.tunnel.TunnelAction;
import dev.twinspan.agent.tunnel.TunnelPhase;
import dev.twinspan.agent.tunnel.TunnelSet;
import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.PacketEngine;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.datapath.TunnelCounters;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The eyes and hands of {@link TunnelSet}: shows it what the datapath's counters and the IKE core
 * say, and carries out what it asks for. Owned by the control loop.
 */
final class TunnelWatch {
  private static final double MILLISECOND = 1e6;

  private final TunnelSet selection;
  private final TunnelTable table;
  private final IkeEngine engine;
  private final BgpControl bgp;
  private final PacketEngine datapath;
  private final EventRing events;
  private final LongSupplier clock;
  private final Consumer<List<IkeAction>> perform;
  private final Runnable changed;
  private final Interruptions interruptions;
  private final ProbeWatch probes;
  private final Map<String, Boolean> keyed = new HashMap<>();
  private final Map<String, Attempts> attempts = new HashMap<>();

  /** Sends that the kernel refused: how many, and when the last was seen. */
  private record Attempts(long refused, long at) {}

  /**
   * @param perform carries out what the IKE core asks for
   * @param changed makes the loop publish
   */
  TunnelWatch(
      TunnelSet selection,
      TunnelTable table,
      IkeEngine engine,
      BgpControl bgp,
      PacketEngine datapath,
      EventRing events,
      LongSupplier clock,
      Consumer<List<IkeAction>> perform,
      Runnable changed) {
    this.selection = selection;
    this.table = table;
    this.engine = engine;
    this.bgp = bgp;
    this.datapath = datapath;
    this.events = events;
    this.clock = clock;
    this.perform = perform;
    this.changed = changed;
    this.interruptions =
        new Interruptions(
            table,
            selection,
            engine,
            events,
            perform,
            (tunnel, now) -> bgp.farEndBeganAnew(now, tunnel));
    this.probes = new ProbeWatch(table, datapath);
  }

  /** Takes up a configuration, after the table of tunnels. */
  void configure(AgentConfig config) {
    probes.configure(config);
  }

  long nextLook() {
    return Math.min(selection.nextLook(), probes.nextLook(clock.getAsLong()));
  }

  void look(long now) {
    probes.takeAnswers();
    if (selection.isDue(now)) {
      perform(selection.look(now, name -> sighting(now, name)));
      for (String name : table.names()) {
        interruptions.look(now, name, sighting(now, name));
      }
    }
    probes.look(now, name -> sighting(now, name));
  }

  /** Before flows are distributed: SAs came or went. */
  void lookAtKeys(long now) {
    for (String name : table.names()) {
      Boolean has = isKeyed(name);
      if (!has.equals(keyed.put(name, has))) {
        perform(selection.lookNow(now, name, other -> sighting(now, other)));
      }
    }
  }

  TunnelSet.View view(String tunnel) {
    return selection.view(tunnel);
  }

  /** For status; null: the tunnel has nothing to send probes to. */
  TunnelStatus.@Nullable Probe probe(String tunnel) {
    return probes.status(tunnel);
  }

  TunnelSet.Quality quality(String tunnel) {
    return selection.quality(tunnel);
  }

  boolean isDrained(String tunnel) {
    TunnelPhase phase = selection.view(tunnel).phase();
    return phase == TunnelPhase.DRAINING || phase == TunnelPhase.DRAINED;
  }

  void drain(long now, String tunnel) {
    perform(selection.drain(now, tunnel, bgp.speaks(tunnel)));
  }

  void undrain(long now, String tunnel) {
    perform(selection.undrain(now, tunnel));
    perform(selection.lookNow(now, tunnel, name -> sighting(now, name)));
  }

  /** Its SAs were deleted on the operator's order; what comes next starts anew. */
  void reset(long now, String tunnel) {
    lookAtKeys(now);
    selection.reset(tunnel);
  }

  /** The peer announced the tunnel's end, as by a BGP Cease: its flows leave it now. */
  void leaving(long now, String tunnel, String why) {
    perform(selection.leaving(now, tunnel, why));
  }

  /** What was announced did not come: the BGP session is up again. */
  void stays(long now, String tunnel, String why) {
    perform(selection.stays(now, tunnel, why));
  }

  private boolean isKeyed(String name) {
    Tunnel tunnel = table.tunnel(name);
    return tunnel != null && tunnel.keyed();
  }

  private Sighting sighting(long now, String name) {
    Tunnel tunnel = table.tunnel(name);
    List<TunnelCounters> counters = datapath.counters().tunnels();
    if (tunnel == null || tunnel.id() >= counters.size()) {
      return new Sighting(isKeyed(name), 0, 0, 0, 0, engine.answeredAt(name));
    }
    TrafficCounters in = counters.get(tunnel.id()).in();
    TrafficCounters out = counters.get(tunnel.id()).out();
    Attempts refused = refused(now, name, out);
    return new Sighting(
        tunnel.keyed(),
        Math.max(out.lastNanos(), refused.at()),
        out.packets() + refused.refused(),
        in.lastNanos(),
        in.packets(),
        in.lost(),
        engine.answeredAt(name),
        probes.inside(name));
  }

  /** What the kernel refuses for want of a way to the peer was sent in vain all the same. */
  private Attempts refused(long now, String name, TrafficCounters out) {
    Attempts before = attempts.getOrDefault(name, new Attempts(0, 0));
    long count = out.drops(DropReason.SEND_FAILED);
    if (count == before.refused()) {
      return before;
    }
    Attempts after = new Attempts(count, now);
    attempts.put(name, after);
    return after;
  }

  private void perform(List<TunnelAction> actions) {
    for (TunnelAction action : actions) {
      long now = clock.getAsLong();
      switch (action) {
        case TunnelAction.Ask(String tunnel) -> perform.accept(engine.ask(now, tunnel));
        case TunnelAction.Probe(String tunnel) -> probes.hurry(now, tunnel);
        case TunnelAction.Close(String tunnel) -> perform.accept(engine.pause(now, tunnel));
        case TunnelAction.Open(String tunnel) -> {
          perform.accept(engine.resume(now, tunnel));
          bgp.welcome(now, tunnel);
        }
        case TunnelAction.Withdraw(String tunnel) -> bgp.withdraw(now, tunnel);
        case TunnelAction.Farewell(String tunnel) -> bgp.farewell(now, tunnel);
        case TunnelAction.Transition transition -> {
          changed.run();
          probes.entered(transition.tunnel(), transition.phase());
          // Of SAs that come and go the IKE core tells.
          boolean told = transition.reason().code().equals("keyed");
          if (!told && transition.phase() != TunnelPhase.DOWN) {
            events.add(
                transition.tunnel(),
                transition.reason().code(),
                transition.reason().sentence(),
                null);
          }
        }
        case TunnelAction.FailedOver(String tunnel, Failover failover) ->
            events.add(
                tunnel,
                "failed-over",
                sentence(failover),
                Duration.ofNanos(failover.outageNanos()));
      }
    }
  }

  private static String sentence(Failover failover) {
    long moved = failover.movedAt();
    String good =
        failover.lastGood() == 0
            ? "nothing was ever heard on it"
            : "the last good packet came %.0f ms before".formatted(ms(moved - failover.lastGood()));
    String confirmed =
        failover.confirmedAt() == 0
            ? "and nothing was heard elsewhere within 3 s"
            : "and ESP was heard on the tunnels that took over %.0f ms after"
                .formatted(ms(failover.confirmedAt() - moved));
    String first =
        failover.atMost()
            ? "%.0f ms, which its outage cannot exceed, after the peer's last sign of life: nothing"
                + " answered what was sent"
            : "%.0f ms after the first packet that remained without answer";
    return "its flows were moved %s; %s, %s"
        .formatted(first.formatted(ms(failover.outageNanos())), good, confirmed);
  }

  private static double ms(long nanos) {
    return nanos / MILLISECOND;
  }
}
