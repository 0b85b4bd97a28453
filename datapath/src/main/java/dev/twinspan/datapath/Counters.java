package dev.twinspan.datapath;

import java.util.List;

/**
 * What the datapath counted, live: read it whenever you like, from any thread.
 *
 * @param in WAN → LAN, all tunnels, with the drops no tunnel can be named for
 * @param out LAN → WAN, likewise
 * @param tunnels every tunnel id that was ever published, index = id
 */
public record Counters(TrafficCounters in, TrafficCounters out, List<TunnelCounters> tunnels) {
  public long drops(DropReason reason) {
    return in.drops(reason) + out.drops(reason);
  }
}
