package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.Family;
import dev.twinspan.agent.bgp.message.Nlri;
import dev.twinspan.agent.bgp.message.PathAttributes;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is taken from peers.
 *
 * @param own prefixes of our LAN: the way to them, or to a part of them, is never a tunnel
 * @param outside addresses of the tunnels' outer ends: a prefix with one of them would lead the
 *     tunnel's own packets into the tunnel
 * @param peers both ends of the sessions, which are pinned to their tunnels
 * @param acceptDefault whether a peer may draw all our traffic
 * @param fixed prefixes that the configuration sends into tunnels
 * @param remote what is in these lies behind the tunnels and nowhere else: the VNets' prefixes
 * @param beyond ASNs behind the tunnels: what has one of them on its path came from there, and must
 *     not be told there again
 */
public record ImportPolicy(
    Set<Nlri> own,
    Set<Nlri> outside,
    Set<Nlri> peers,
    boolean acceptDefault,
    Set<Nlri> fixed,
    Set<Nlri> remote,
    Set<Long> beyond) {
  /** Usual: many a peer announces back what it was told. */
  static final String LOOP = "as-loop";

  /** IANA special-purpose registries: no unicast destination anybody can announce. */
  private static final List<Nlri> MARTIANS =
      List.of(
          v4(0, 8), // "this network"
          v4(127, 8),
          new Nlri(Family.IPV4_UNICAST, 0xa9feL << 48, 0, 16), // 169.254.0.0/16, link-local
          v4(224, 4),
          v4(240, 4),
          new Nlri(Family.IPV6_UNICAST, 0, 1, 128), // ::1
          new Nlri(Family.IPV6_UNICAST, 0, 0, 128),
          new Nlri(Family.IPV6_UNICAST, 0, 0xffffL << 32, 96), // IPv4-mapped
          new Nlri(Family.IPV6_UNICAST, 0xfe80L << 48, 0, 10),
          new Nlri(Family.IPV6_UNICAST, 0xff00L << 48, 0, 8));

  /** Real ones have some ten; what is passed on must fit into a message behind our own. */
  private static final int LONGEST_PATH = 100;

  public ImportPolicy {
    own = Set.copyOf(own);
    outside = Set.copyOf(outside);
    peers = Set.copyOf(peers);
    fixed = Set.copyOf(fixed);
    remote = Set.copyOf(remote);
    beyond = Set.copyOf(beyond);
  }

  /** Without anything to protect. */
  public ImportPolicy(Set<Nlri> own, boolean acceptDefault) {
    this(own, Set.of(), Set.of(), acceptDefault);
  }

  /** Of peers through tunnels. */
  public ImportPolicy(Set<Nlri> own, Set<Nlri> outside, Set<Nlri> peers, boolean acceptDefault) {
    this(own, outside, peers, acceptDefault, Set.of(), Set.of(), Set.of());
  }

  private static Nlri v4(int first, int length) {
    return new Nlri(Family.IPV4_UNICAST, (long) first << 56, 0, length);
  }

  /** Why nothing announced with these attributes is used; asked once for each UPDATE. */
  Optional<BgpReason> refuses(BgpPeer peer, PathAttributes attributes) {
    if (attributes.asPath().contains(peer.localAs())) {
      return refusal(
          LOOP,
          "the AS path \"%s\" has our own ASN %d".formatted(attributes.asPath(), peer.localAs()));
    }
    for (Long asn : beyond) {
      if (attributes.asPath().contains(asn)) {
        return refusal(
            LOOP,
            "the AS path \"%s\" has the ASN %d, which is behind the tunnels"
                .formatted(attributes.asPath(), asn));
      }
    }
    if (attributes.asPath().asns() > LONGEST_PATH) {
      return refusal(
          "long-path",
          "an AS path of %d numbers: expected at most %d"
              .formatted(attributes.asPath().asns(), LONGEST_PATH));
    }
    if (peer.external() && !attributes.asPath().first().equals(Optional.of(peer.remoteAs()))) {
      // RFC 4271 section 6.3 may, and RFC 7606 section 3 (e) then treats it as withdrawn.
      return refusal(
          "first-asn",
          "the AS path \"%s\" does not begin with the peer's ASN %d"
              .formatted(attributes.asPath(), peer.remoteAs()));
    }
    return Optional.empty();
  }

  /** Why a prefix is not used. */
  Optional<BgpReason> refuses(BgpPeer peer, Nlri prefix, InetAddress nextHop) {
    if (nextHop.equals(peer.local())) {
      return refusal("own-next-hop", "the next hop of %s is our own address".formatted(prefix));
    }
    if (prefix.length() < widest(prefix.family()) && !acceptDefault) {
      return refusal(
          "default-route",
          "%s was announced, which draws all or much of the traffic: expected /%d or longer; %s"
              .formatted(
                  prefix,
                  widest(prefix.family()),
                  fromLan()
                      ? "set a route by hand if that is meant"
                      : "set bgp.accept-default if that is meant"));
    }
    if (prefix.isDefault()) {
      return Optional.empty();
    }
    for (Nlri lan : own) {
      if (lan.contains(prefix) && !lan.isDefault()) {
        return refusal(
            "own-prefix",
            "%s is announced to us and lies in our LAN's %s (lan.prefixes)".formatted(prefix, lan));
      }
    }
    for (Nlri vnet : remote) {
      if (vnet.contains(prefix)) {
        return refusal(
            "tunnel-prefix",
            "%s is announced to us from the LAN and is in %s, which is behind a tunnel (vnet-prefixes)"
                .formatted(prefix, vnet));
      }
    }
    if (fixed.contains(prefix)) {
      return refusal(
          "tunnel-prefix",
          "%s is announced to us from the LAN and belongs into a tunnel (static-prefixes)"
              .formatted(prefix));
    }
    if (peers.contains(prefix)) {
      return refusal(
          "peer-address",
          "%s is the end of a BGP session, whose way is the session's own tunnel"
              .formatted(prefix));
    }
    for (Nlri address : outside) {
      if (prefix.contains(address)) {
        return refusal(
            "covers-tunnel-end",
            "%s holds %s, so the tunnels' own packets would be led astray: let the peer announce less"
                .formatted(prefix, address.address().getHostAddress()));
      }
    }
    for (Nlri martian : MARTIANS) {
      if (martian.contains(prefix)) {
        return refusal(
            "martian", "%s lies in %s, which nobody may announce".formatted(prefix, martian));
      }
    }
    return Optional.empty();
  }

  private boolean fromLan() {
    return !beyond.isEmpty();
  }

  /**
   * The shortest prefix that is a network and no part of a default route: 0.0.0.0/1 and 128.0.0.0/1
   * draw what 0.0.0.0/0 does. Nobody was given more than an IPv4 /8 or an IPv6 /16.
   */
  private static int widest(Family family) {
    return family == Family.IPV4_UNICAST ? 8 : 16;
  }

  private static Optional<BgpReason> refusal(String code, String sentence) {
    return Optional.of(new BgpReason(code, sentence));
  }
}
