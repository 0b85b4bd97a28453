package dev.twinspan.agent.control;

import dev.twinspan.agent.control.Tunnel.Pair;
import dev.twinspan.agent.ike.IkeAction;
import dev.twinspan.agent.ike.IkeEngine;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;

/**
 * What is looked at again and again instead of being told: where ESP comes from, which SAs are used
 * up, which routes are gone. Owned by the control loop.
 */
final class Observation {
  private final TunnelTable table;
  private final IkeEngine engine;
  private final KernelRoutes kernel;
  private final EventRing events;
  private final Consumer<List<IkeAction>> perform;

  /**
   * @param perform carries out what the core asks for
   */
  Observation(
      TunnelTable table,
      IkeEngine engine,
      KernelRoutes kernel,
      EventRing events,
      Consumer<List<IkeAction>> perform) {
    this.table = table;
    this.engine = engine;
    this.kernel = kernel;
    this.events = events;
    this.perform = perform;
  }

  /** Tells the core where peers are seen now. */
  void lookAtPaths(long now) {
    for (Tunnel tunnel : table.tunnels()) {
      for (Pair pair : List.copyOf(tunnel.pairs())) {
        InetSocketAddress source = pair.inbound.lastSource();
        if (source != null && !source.equals(pair.source)) {
          pair.source = source;
          perform.accept(engine.espFrom(now, pair.inbound.spi(), source));
        }
      }
    }
  }

  /** Feeds the core with proofs of life, and refreshes rates. */
  void everySecond(long now) {
    for (Tunnel tunnel : table.tunnels()) {
      Pair sending = tunnel.sending();
      long sent = sending == null ? 0 : sending.outbound.counters().lastNanos();
      if (sent != 0) {
        engine.sentAt(tunnel.name(), sent);
      }
      for (Pair pair : List.copyOf(tunnel.pairs())) {
        long heard = pair.inbound.counters().lastNanos();
        if (heard != 0) {
          engine.aliveAt(tunnel.name(), heard);
          if (!tunnel.sendsOn(pair)) {
            perform.accept(engine.childHeard(now, pair.inbound.spi()));
          }
        }
      }
    }
    int repaired = kernel.repair();
    if (repaired > 0) {
      events.add(
          null,
          "routes-repaired",
          repaired + " of our routes had been removed by another program and were put back",
          null);
    }
    kernel
        .backup()
        .ifPresent(
            news ->
                events.add(
                    null, news.code(), news.sentence() + (news.dead() ? whyDead() : ""), null));
    kernel.news().ifPresent(sentence -> events.add(null, "routes-refused", sentence, null));
  }

  private String whyDead() {
    StringBuilder why = new StringBuilder();
    engine.view().stream()
        .limit(2)
        .forEach(
            view ->
                why.append("; ").append(view.peer()).append(": ").append(view.reason().sentence()));
    return why.toString();
  }

  /** Asks for new SAs in place of those that have carried enough. */
  void replaceExhausted(long now) {
    for (Tunnel tunnel : table.tunnels()) {
      for (Pair pair : List.copyOf(tunnel.pairs())) {
        if (!pair.exhaustionReported && pair.exhausted()) {
          pair.exhaustionReported = true;
          perform.accept(engine.childExhausted(now, pair.inbound.spi()));
        }
      }
    }
  }
}
