package dev.twinspan.datapath;

import dev.twinspan.datapath.forward.Route;
import java.util.List;

/**
 * All the worker needs to know, as one immutable value, published by the control loop in one
 * release store ({@code Datapath.publish}). The worker takes it up between two batches. An SA that
 * is in the old snapshot and not in the new one is closed by the worker, its keys zeroed; an SA in
 * both keeps its counters, sequence number and replay window.
 *
 * @param generation grows by one with each publish
 * @param inbound every SA that may be received on, keyed by its SPI (several per tunnel while one
 *     replaces another)
 * @param standby outbound SAs that no tunnel sends on now and one may go back to: of a pair that is
 *     keyed before the peer is told, or of an older pair that outlives a newer one
 * @param tunnels the tunnels in the order of their ids: index = id
 * @param routes what goes where, any order; longest prefix wins
 */
public record Snapshot(
    long generation,
    List<InboundSa> inbound,
    List<OutboundSa> standby,
    List<TunnelPath> tunnels,
    List<Route> routes) {
  public static final Snapshot EMPTY = new Snapshot(0, List.of(), List.of(), List.of());

  /** Without standby SAs. */
  public Snapshot(
      long generation, List<InboundSa> inbound, List<TunnelPath> tunnels, List<Route> routes) {
    this(generation, inbound, List.of(), tunnels, routes);
  }
}
