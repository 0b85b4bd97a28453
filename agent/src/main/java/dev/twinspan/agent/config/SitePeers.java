package dev.twinspan.agent.config;

import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.message.Family;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;

/** From the configuration to the BGP peers on the LAN. */
public final class SitePeers {
  /** Name of the session with the site's other box. */
  public static final String SIBLING = "site-peer";

  /** What the two boxes call themselves where no ASN is configured: nobody else hears it. */
  static final long OWN_ASN = 65534;

  /** The LAN is near and cheap: a third of it between KEEPALIVEs. */
  private static final Duration HOLD = Duration.ofSeconds(9);

  private SitePeers() {}

  /** The sibling, as an internal peer; empty when this box is alone. */
  public static List<BgpPeer> of(AgentConfig config) {
    InetAddress own = config.site().lanAddress();
    InetAddress sibling = config.site().sibling();
    if (own == null || sibling == null) {
      return List.of();
    }
    BgpConfig bgp = config.bgp();
    long asn = bgp == null ? OWN_ASN : bgp.asn();
    return List.of(
        new BgpPeer(
            SIBLING,
            own,
            sibling,
            asn,
            asn,
            identifier(own),
            HOLD,
            false,
            BgpPeer.Dial.BOTH,
            EnumSet.of(own.getAddress().length == 4 ? Family.IPV4_UNICAST : Family.IPV6_UNICAST),
            null,
            bgp == null ? BgpConfig.MAX_PREFIXES : bgp.maxPrefixes(),
            BgpPeer.LimitAction.WARN,
            0));
  }

  private static int identifier(InetAddress own) {
    byte[] address = own.getAddress();
    int last = ByteBuffer.wrap(address, address.length - Integer.BYTES, Integer.BYTES).getInt();
    return last == 0 ? 1 : last;
  }
}
