package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.TunnelCounters;
import dev.twinspan.datapath.TunnelPath;
import dev.twinspan.datapath.esp.SpiTable;
import dev.twinspan.datapath.forward.ForwardingTable;
import java.util.List;

/**
 * A snapshot made ready for the packets: tables built, sockets chosen. Immutable; made by the
 * control thread.
 *
 * @param wans socket each tunnel sends from, index = tunnel id
 * @param counters index = tunnel id
 */
public record Generation(
    long number,
    SpiTable inbound,
    ForwardingTable routes,
    List<TunnelPath> tunnels,
    List<Wan> wans,
    List<TunnelCounters> counters) {
  public static final Generation EMPTY =
      new Generation(
          0, new SpiTable(List.of()), ForwardingTable.EMPTY, List.of(), List.of(), List.of());
}
