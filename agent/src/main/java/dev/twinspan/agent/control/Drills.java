package dev.twinspan.agent.control;

import dev.twinspan.agent.config.AgentConfig;
import dev.twinspan.agent.config.ConnectionConfig;
import dev.twinspan.agent.drill.DrillAction;
import dev.twinspan.agent.drill.DrillReport;
import dev.twinspan.agent.drill.DrillSight;
import dev.twinspan.agent.drill.SelfDrill;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.status.DrillStatus;
import dev.twinspan.agent.tunnel.TunnelPhase;
import dev.twinspan.datapath.DropReason;
import dev.twinspan.datapath.PacketEngine;
import dev.twinspan.datapath.TrafficCounters;
import dev.twinspan.datapath.TunnelCounters;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The eyes and hands of {@link SelfDrill}. Owned by the control loop. */
final class Drills {
  /** Of a drill that somebody waits for. */
  private static final Duration REST_WHEN_ASKED = Duration.ofSeconds(2);

  private final SelfDrill core = new SelfDrill();
  private final TunnelTable table;
  private final TunnelWatch watch;
  private final BgpControl bgp;
  private final PacketEngine datapath;
  private final EventRing events;
  private final LongSupplier clock;
  private AgentConfig config;

  Drills(
      AgentConfig config,
      TunnelTable table,
      TunnelWatch watch,
      BgpControl bgp,
      PacketEngine datapath,
      EventRing events,
      LongSupplier clock) {
    this.config = config;
    this.table = table;
    this.watch = watch;
    this.bgp = bgp;
    this.datapath = datapath;
    this.events = events;
    this.clock = clock;
    configure(config);
  }

  /** Behind the tunnels' own. */
  void configure(AgentConfig next) {
    config = next;
    Map<String, List<String>> connections = new LinkedHashMap<>();
    for (ConnectionConfig connection : next.connections()) {
      connections.put(
          connection.name(), connection.instances().stream().map(connection::tunnel).toList());
    }
    AgentConfig.SelfDrillConfig nightly = next.selfDrill();
    core.configure(
        connections,
        nightly == null ? null : nightly.window(),
        (nightly == null ? AgentConfig.SelfDrillConfig.REST : nightly.rest()).toNanos());
  }

  /**
   * {@code tunnel drill}.
   *
   * @param tunnel empty: all that have a neighbour
   */
  ControlResult ask(String tunnel) {
    List<String> wanted = tunnel.isEmpty() ? withNeighbours() : List.of(tunnel);
    if (wanted.isEmpty()) {
      return ControlResult.refused(
          "no-neighbour",
          "no connection has two tunnels: a drill would cut the site off; add the gateway's other"
              + " instance");
    }
    if (!table.names().containsAll(wanted)) {
      return ControlResult.refused(
          "unknown-tunnel",
          "no tunnel " + tunnel + "; there are " + String.join(", ", table.names()));
    }
    for (String name : wanted) {
      if (watch.isDrained(name)) {
        return ControlResult.refused("drained", name + " is drained: undrain it first");
      }
    }
    String why = core.ask(clock.getAsLong(), wanted, REST_WHEN_ASKED.toNanos());
    return why != null
        ? ControlResult.refused("not-drilled", why)
        : ControlResult.accepted("drill of " + String.join(", ", wanted) + " begun");
  }

  private List<String> withNeighbours() {
    return config.connections().stream()
        .filter(connection -> connection.instances().size() > 1)
        .flatMap(connection -> connection.instances().stream().map(connection::tunnel))
        .toList();
  }

  long nextLook() {
    return core.nextLook();
  }

  void look(long now) {
    if (core.nextLook() != Long.MAX_VALUE && now - core.nextLook() >= 0) {
      core.look(now, LocalDateTime::now, this::sight).forEach(action -> perform(now, action));
    }
  }

  private DrillSight sight(String name) {
    TunnelPhase phase = watch.view(name).phase();
    boolean spoken = !bgp.expects(name) || bgp.speaks(name);
    Tunnel tunnel = table.tunnel(name);
    List<TunnelCounters> counters = datapath.counters().tunnels();
    TunnelCounters own =
        tunnel != null && tunnel.id() < counters.size()
            ? counters.get(tunnel.id())
            : new TunnelCounters(0);
    TrafficCounters out = own.out();
    return new DrillSight(
        phase == TunnelPhase.UP && spoken,
        (phase == TunnelPhase.UP || phase == TunnelPhase.SUSPECT) && spoken,
        phase == TunnelPhase.DRAINED,
        watch.isDrained(name),
        out.lastNanos(),
        own.in().lastNanos(),
        lost(out));
  }

  /** What was sent in vain; what an oversized packet's sender was told of is not. */
  private static long lost(TrafficCounters out) {
    return out.drops(DropReason.NO_OUTBOUND_SA)
        + out.drops(DropReason.SEND_FAILED)
        + out.drops(DropReason.SEND_QUEUE_FULL)
        + out.drops(DropReason.ENCRYPT_FAILED);
  }

  private void perform(long now, DrillAction action) {
    switch (action) {
      case DrillAction.Started(String tunnel) ->
          events.add(tunnel, "drill-started", "self-drill: taken out to see what that costs", null);
      case DrillAction.Drain(String tunnel) -> watch.drain(now, tunnel);
      case DrillAction.Undrain(String tunnel) -> {
        if (watch.isDrained(tunnel)) {
          watch.undrain(now, tunnel);
        }
      }
      case DrillAction.Ended(DrillReport report) ->
          events.add(
              report.tunnel(),
              "drill-" + word(report),
              "self-drill %s: %s".formatted(word(report), report.sentence()),
              duration(report.outageNanos()));
    }
  }

  private static String word(DrillReport report) {
    return report.outcome().name().toLowerCase(Locale.ROOT);
  }

  private static @Nullable Duration duration(@Nullable Long nanos) {
    return nanos == null ? null : Duration.ofNanos(nanos);
  }

  /**
   * @param at from the loop's clock to the wall's
   */
  List<DrillStatus> status(LongFunction<Instant> at) {
    List<DrillStatus> drills = new ArrayList<>();
    String current = core.current();
    if (current != null) {
      drills.add(running(current, "under way"));
    }
    core.waiting().forEach(name -> drills.add(running(name, "waits for its turn")));
    for (DrillReport report : core.reports()) {
      if (drills.stream().noneMatch(drill -> drill.tunnel().equals(report.tunnel()))) {
        drills.add(
            new DrillStatus(
                report.tunnel(),
                DrillStatus.Outcome.valueOf(report.outcome().name()),
                at.apply(report.at()),
                duration(report.outageNanos()),
                report.dropped(),
                report.closedNanos() == 0 ? null : Duration.ofNanos(report.closedNanos()),
                report.backNanos() == 0 ? null : Duration.ofNanos(report.backNanos()),
                report.sentence()));
      }
    }
    return drills;
  }

  private static DrillStatus running(String tunnel, String sentence) {
    return new DrillStatus(
        tunnel, DrillStatus.Outcome.RUNNING, null, null, 0, null, null, sentence);
  }
}
