package dev.twinspan.datapath;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One tunnel as the worker sees it.
 *
 * @param id small, stable for the life of the agent's configuration; counters are kept by it
 * @param local source address and port of the outer packets; port 0 for protocol 50
 * @param remote destination; port 0 for protocol 50
 * @param outbound the SA to send on; null while there is none (packets routed here are counted and
 *     dropped)
 * @param mtu largest inner packet
 * @param mss TCP MSS written into SYNs that ask for more, both directions; 0: leave alone
 */
public record TunnelPath(
    int id,
    String name,
    InetSocketAddress local,
    InetSocketAddress remote,
    @Nullable OutboundSa outbound,
    int mtu,
    int mss) {}
