package dev.twinspan.agent.config;

import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.ImportPolicy;
import dev.twinspan.agent.bgp.message.Family;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** From the configuration to the BGP peers on the LAN. */
public final class SitePeers {
  /** Name of the session with the site's other box. */
  public static final String SIBLING = "site-peer";

  /** Beginning of the names of the sessions with the LAN's routers. */
  static final String NEIGHBOR = "neighbor ";

  /** What the two boxes call themselves where no ASN is configured: nobody else hears it. */
  static final long OWN_ASN = 65534;

  /**
   * The LAN is near and cheap: a third of it between KEEPALIVEs. A router that is set to less gets
   * less.
   */
  private static final Duration HOLD = Duration.ofSeconds(9);

  private SitePeers() {}

  /** The sibling, as an internal peer, and the LAN's routers, in the order of the file. */
  public static List<BgpPeer> of(AgentConfig config) {
    InetAddress own = config.site().lanAddress();
    InetAddress sibling = config.site().sibling();
    if (own == null) {
      return List.of();
    }
    BgpConfig bgp = config.bgp();
    List<BgpPeer> peers = new ArrayList<>();
    if (sibling != null) {
      long asn = bgp == null ? OWN_ASN : bgp.asn();
      peers.add(peer(SIBLING, bgp, own, sibling, asn, BgpPeer.LimitAction.WARN));
    }
    if (bgp != null) {
      for (BgpConfig.Neighbor neighbor : bgp.neighbors()) {
        peers.add(
            peer(
                NEIGHBOR + neighbor.address().getHostAddress(),
                bgp,
                own,
                neighbor.address(),
                neighbor.asn(),
                bgp.limitAction()));
      }
    }
    return List.copyOf(peers);
  }

  private static BgpPeer peer(
      String name,
      @Nullable BgpConfig bgp,
      InetAddress own,
      InetAddress remote,
      long remoteAs,
      BgpPeer.LimitAction limitAction) {
    return new BgpPeer(
        name,
        own,
        remote,
        bgp == null ? OWN_ASN : bgp.asn(),
        remoteAs,
        identifier(own),
        HOLD,
        false,
        BgpPeer.Dial.BOTH,
        EnumSet.of(own.getAddress().length == 4 ? Family.IPV4_UNICAST : Family.IPV6_UNICAST),
        null,
        bgp == null ? BgpConfig.MAX_PREFIXES : bgp.maxPrefixes(),
        limitAction,
        0);
  }

  /** What is taken of which. */
  public static Function<BgpPeer, ImportPolicy> imported(AgentConfig config) {
    ImportPolicy sibling = BgpPeers.imported(config);
    ImportPolicy router = BgpPeers.importedFromLan(config);
    return peer -> peer.name().equals(SIBLING) ? sibling : router;
  }

  private static int identifier(InetAddress own) {
    byte[] address = own.getAddress();
    int last = ByteBuffer.wrap(address, address.length - Integer.BYTES, Integer.BYTES).getInt();
    return last == 0 ? 1 : last;
  }
}
