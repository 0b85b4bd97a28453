package dev.twinspan.agent.control;

import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.IkeEngine;
import dev.twinspan.agent.ike.IkeState;
import dev.twinspan.agent.ike.IkeView;
import dev.twinspan.agent.status.ControlResult;
import dev.twinspan.agent.status.TracedMessage;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** What people ask of single tunnels. Runs on the control loop. */
final class TunnelCommands {
  private final TunnelTable table;
  private final IkeEngine engine;
  private final TunnelWatch watch;
  private final LongSupplier clock;
  private final Consumer<List<IkeAction>> perform;

  /**
   * @param perform carries out what the core asks for
   */
  TunnelCommands(
      TunnelTable table,
      IkeEngine engine,
      TunnelWatch watch,
      LongSupplier clock,
      Consumer<List<IkeAction>> perform) {
    this.table = table;
    this.engine = engine;
    this.watch = watch;
    this.clock = clock;
    this.perform = perform;
  }

  ControlResult reset(String tunnel) {
    if (!table.names().contains(tunnel)) {
      return unknown(tunnel);
    }
    if (watch.isDrained(tunnel)) {
      return ControlResult.refused("drained", tunnel + " is drained: undrain opens it again");
    }
    perform.accept(engine.reset(clock.getAsLong(), tunnel));
    watch.reset(clock.getAsLong(), tunnel);
    return ControlResult.accepted(tunnel + " is being reset: SAs deleted, a new handshake starts");
  }

  ControlResult drain(String tunnel) {
    if (!table.names().contains(tunnel)) {
      return unknown(tunnel);
    }
    if (watch.isDrained(tunnel)) {
      return ControlResult.refused(
          "already-drained", tunnel + " is drained already; undrain brings it back");
    }
    watch.drain(clock.getAsLong(), tunnel);
    return ControlResult.accepted(
        tunnel + " is being drained: its flows were moved, it closes when what was sent is out");
  }

  ControlResult undrain(String tunnel) {
    if (!table.names().contains(tunnel)) {
      return unknown(tunnel);
    }
    if (!watch.isDrained(tunnel)) {
      return ControlResult.refused("not-drained", tunnel + " is not drained: see twinspan status");
    }
    watch.undrain(clock.getAsLong(), tunnel);
    return ControlResult.accepted(tunnel + " opens again and gets its share of flows back");
  }

  ControlResult rekey(String tunnel, boolean ike) {
    if (!table.names().contains(tunnel)) {
      return unknown(tunnel);
    }
    boolean established =
        engine.view().stream()
            .filter(view -> view.peer().equals(tunnel))
            .map(IkeView::state)
            .anyMatch(IkeState.ESTABLISHED::equals);
    if (!established) {
      return ControlResult.refused(
          "not-established",
          tunnel + " has no SA to replace: it is not established; see twinspan status");
    }
    perform.accept(engine.rekey(clock.getAsLong(), tunnel, ike));
    return ControlResult.accepted(
        tunnel + ": rekey of the " + (ike ? "IKE SA" : "CHILD SA") + " started");
  }

  List<TracedMessage> trace(String tunnel, long after) {
    Instant wall = Instant.now();
    long now = clock.getAsLong();
    return engine.trace(tunnel).stream()
        .filter(message -> message.sequence() > after)
        .map(
            m ->
                new TracedMessage(
                    m.sequence(),
                    wall.minusNanos(now - m.nanos()),
                    m.sent(),
                    m.exchange().name(),
                    m.response(),
                    m.messageId(),
                    m.initiatorSpi(),
                    m.responderSpi(),
                    m.times(),
                    m.payloads()))
        .toList();
  }

  private ControlResult unknown(String tunnel) {
    return ControlResult.refused(
        "unknown-tunnel",
        "no tunnel " + tunnel + "; there are " + String.join(", ", table.names()));
  }
}
