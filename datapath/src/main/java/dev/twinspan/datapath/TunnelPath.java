package dev.twinspan.datapath;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One tunnel as the worker sees it.
 *
 * @param id small, stable for the life of the agent's configuration; counters are kept by it
 * @param local source address and port of the outer packets; port 0 for protocol 50
 * @param remote destination; port 0 for protocol 50
 * @param outbound the SA to send on; null while there is none (packets routed here are counted and
 *     dropped)
 * @param beside further SAs to send on, for packets outside the selectors of {@code outbound}: the
 *     first whose selectors a packet is in (policy-based tunnels have an SA for each pair)
 * @param mtu largest inner packet
 * @param mss TCP MSS written into SYNs that ask for more, both directions; 0: leave alone
 */
public record TunnelPath(
    int id,
    String name,
    InetSocketAddress local,
    InetSocketAddress remote,
    @Nullable OutboundSa outbound,
    List<OutboundSa> beside,
    int mtu,
    int mss) {
  public TunnelPath {
    beside = List.copyOf(beside);
  }

  /** With one SA at most. */
  public TunnelPath(
      int id,
      String name,
      InetSocketAddress local,
      InetSocketAddress remote,
      @Nullable OutboundSa outbound,
      int mtu,
      int mss) {
    this(id, name, local, remote, outbound, List.of(), mtu, mss);
  }

  /** All SAs to send on, in the order they are tried. */
  public List<OutboundSa> sending() {
    if (outbound == null) {
      return List.of();
    }
    List<OutboundSa> all = new ArrayList<>(beside);
    all.addFirst(outbound);
    return List.copyOf(all);
  }
}
