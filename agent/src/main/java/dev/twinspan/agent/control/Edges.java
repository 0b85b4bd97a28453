package dev.twinspan.agent.control;

import dev.twinspan.datapath.PacketEngine;
import java.util.function.LongSupplier;

/**
 * All that the control loop meets of the world: this machine, or a simulated one.
 *
 * @param clock monotonic, nanoseconds
 */
record Edges(
    PacketEngine packets, KernelRoutes kernel, BgpEdge bgp, EventRing events, LongSupplier clock) {}
