/**
 * BGP-4 (RFC 4271) as a sans-I/O core. {@link dev.twinspan.agent.bgp.BgpEngine} is the way in.
 *
 * <pre>
 *   BgpEngine ─┬─ PeerSession (one per peer) ── Fsm (one per TCP connection, two while they collide)
 *              │                                 └─ IdleState ConnectState ActiveState
 *              │                                    OpenSentState OpenConfirmState EstablishedState
 *              └─ Rib ─┬─ AdjRibIn (one per peer), ImportPolicy
 *                      ├─ Decision                    RFC 4271 section 9.1, multipath
 *                      └─ RouteSet                    what the forwarding table is made from
 *   ExportPolicy ── AdjRibOut (one per session)       what we announce
 *   BgpTransport                                      connections, at the edge
 * </pre>
 *
 * One thread, the control loop's, owns all of it. {@code message} is the codec.
 */
@NullMarked
package dev.twinspan.agent.bgp;

import org.jspecify.annotations.NullMarked;
