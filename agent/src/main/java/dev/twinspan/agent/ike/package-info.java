/**
 * IKEv2 (RFC 7296) as a sans-I/O core. {@link dev.twinspan.agent.ike.IkeEngine} is the way in and,
 * with the records it takes and gives, all that the rest of the agent sees.
 *
 * <pre>
 *   IkeEngine ─┬─ SaInitResponder ── AuthResponder          strangers, until they are somebody
 *              ├─ PeerSession (one per configured peer)     when to open, what to send on, its Standing
 *              └─ IkeSa (by SPI) ─┬─ Channel                message IDs, keys, windows, retransmission
 *                                 │    └─ Fragmentation ── Reassembly    RFC 7383, both ways
 *                                 ├─ IkePath                addresses and NATs
 *                                 ├─ ChildSas ── ChildSa
 *                                 ├─ Receiver               what comes in
 *                                 └─ Agenda                 what is due
 *   Exchange: SaInit, Auth, CreateChild, RekeyChild, RekeyIke, Informational      those we begin
 *   …Responder: SaInit, Auth, CreateChild, Informational                          those we answer
 *   Proof, Credentials; cert: certificates        who is who
 *   Negotiation, SelectorNarrowing, NatDetection, Cookies, RekeyCollision         pure rules
 *   Reasons, Faults                                                               what people read
 * </pre>
 *
 * One thread, the control loop's, owns all of it. {@code message} is the codec, {@code crypto} the
 * cryptography.
 */
@NullMarked
package dev.twinspan.agent.ike;

import org.jspecify.annotations.NullMarked;
