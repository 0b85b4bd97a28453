package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.IkeId;
import dev.twinspan.agent.ike.message.TrafficSelector;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One IKE peer as configured: one tunnel. Equal records mean "nothing changed": {@link
 * IkeEngine#configure} leaves such a peer's SAs alone.
 *
 * @param name the tunnel's name, e.g. {@code hub-weu/in0}; unique
 * @param local address to speak from; null: whichever the datagram came to or the kernel picks;
 *     then the peer cannot be told our address, sees a NAT, and ESP runs in UDP
 * @param remote the peer's public address
 * @param localId identity sent; by default the local public address (also behind NAT)
 * @param remoteId identity demanded
 * @param credentials with what both sides prove their identities
 * @param role who opens the IKE SA
 * @param policy algorithms and lifetimes
 * @param localSelectors offered as TSi (initiator) / allowed as TSr (responder)
 * @param remoteSelectors the other side
 * @param pairs policy-based: each has a CHILD SA of its own; they lie within the selectors above.
 *     Empty: one CHILD SA for all of these
 * @param liveness inbound silence after which a liveness check is sent (RFC 7296 section 2.4)
 * @param livenessTimeout unanswered for so long: the IKE SA is dead (Azure's "DPD timeout", default
 *     45 s)
 * @param forceEncapsulation fake NAT detection so that ESP always runs in UDP
 * @param fragmentSize largest IP packet of an IKE message, bytes, longer ones go in fragments (RFC
 *     7383); 0: no fragmentation
 */
public record IkePeer(
    String name,
    @Nullable InetAddress local,
    InetAddress remote,
    IkeId localId,
    IkeId remoteId,
    Credentials credentials,
    Role role,
    IkePolicy policy,
    List<TrafficSelector> localSelectors,
    List<TrafficSelector> remoteSelectors,
    List<Pair> pairs,
    Duration liveness,
    Duration livenessTimeout,
    boolean forceEncapsulation,
    int fragmentSize) {
  public IkePeer {
    localSelectors = List.copyOf(localSelectors);
    remoteSelectors = List.copyOf(remoteSelectors);
    pairs = List.copyOf(pairs);
  }

  /** What one CHILD SA of a policy-based peer carries. */
  public record Pair(TrafficSelector local, TrafficSelector remote) {}

  /**
   * Azure's connection modes (AZURE: Default, InitiatorOnly, ResponderOnly); only the first
   * handshake is meant.
   */
  public enum Role {
    INITIATE_AND_RESPOND,
    INITIATE_ONLY,
    RESPOND_ONLY
  }
}
