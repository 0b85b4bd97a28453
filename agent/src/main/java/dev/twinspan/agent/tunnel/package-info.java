/**
 * Which tunnels may carry flows, and why: a sans-I/O core. {@link
 * dev.twinspan.agent.tunnel.TunnelSet} is the way in.
 *
 * <pre>
 *   TunnelSet ── TunnelFsm (one per tunnel) ─┬─ DownState UpState SuspectState LostState HeldState
 *                                            │  LeavingState DrainingState PartingState DrainedState
 *                                            ├─ Silence     how long nothing was heard, and what is usual
 *                                            ├─ Inquiry     asks by IKE, and how long answers take
 *                                            ├─ Meantime    probes the inside between two inquiries
 *                                            ├─ EspWatch    IKE answers and ESP does not come back
 *                                            └─ HoldDown    how long a returned tunnel waits
 *   Selection                                   from usable tunnels to the table of flows
 * </pre>
 *
 * Liveness needs no protocol of its own: inbound ESP is proof of life. What is sent and remains
 * without an answer makes us ask by IKE, with retransmissions as fast as answers usually are; what
 * misses several of them has its flows moved. Its SAs stay until the standard timeout.
 */
@NullMarked
package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.NullMarked;
