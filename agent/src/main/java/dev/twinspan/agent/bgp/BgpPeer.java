package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.Family;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One configured neighbour.
 *
 * @param name unique; the tunnel's
 * @param local what we speak from: the loopback router address or an APIPA one
 * @param identifier BGP Identifier, unsigned, never 0
 * @param holdTime offered; 0 or at least 3 s
 * @param fixedTimers the peer keeps to the hold time it offers and does not negotiate down, as
 *     Azure does: it is given that long
 * @param nextHopIpv6 of the IPv6 prefixes we announce when {@code local} is IPv4; null: none are
 * @param maxPrefixes taken from the peer, both families together
 * @param prepend how often our ASN is put in front on top of the once it must be
 */
public record BgpPeer(
    String name,
    InetAddress local,
    InetAddress remote,
    long localAs,
    long remoteAs,
    int identifier,
    Duration holdTime,
    boolean fixedTimers,
    Dial dial,
    Set<Family> families,
    @Nullable InetAddress nextHopIpv6,
    int maxPrefixes,
    LimitAction limitAction,
    int prepend) {
  /** Azure's fixed hold time. */
  public static final Duration AZURE_HOLD = Duration.ofSeconds(180);

  public BgpPeer {
    families = Set.copyOf(families);
  }

  /** Who opens the TCP connection. */
  public enum Dial {
    BOTH,
    /** With APIPA addresses Azure never dials. */
    ACTIVE,
    PASSIVE
  }

  /** What happens to the prefix above the limit. */
  public enum LimitAction {
    /** It is ignored. */
    WARN,
    /** The session ends and stays down for a while. */
    DROP
  }

  public boolean external() {
    return localAs != remoteAs;
  }
}
