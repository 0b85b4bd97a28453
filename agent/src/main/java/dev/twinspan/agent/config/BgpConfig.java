package dev.twinspan.agent.config;

import dev.twinspan.agent.bgp.BgpPeer;
import dev.twinspan.agent.bgp.ExportPolicy;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * This box as a BGP speaker.
 *
 * @param asn 1 to 4294967294
 * @param routerAddress what sessions are spoken from unless an instance says otherwise; null: none
 * @param routerAddressIpv6 next hop of the LAN's IPv6 prefixes; null: IPv4 alone is spoken
 * @param holdTime offered; 0 or 3 to 65,535 s
 * @param maxPrefixes taken from each peer
 * @param limitAction what happens above that
 * @param acceptDefault whether a peer may draw all our traffic
 * @param announceDefault whether 0.0.0.0/0 in lan.prefixes is meant (forced tunnelling)
 * @param announceVnetPrefixes whether prefixes equal to the VNet's are announced
 * @param azureSide this box plays Azure's part: its ASN may be one of Azure's
 * @param neighbors routers on the LAN
 */
public record BgpConfig(
    long asn,
    @Nullable InetAddress routerAddress,
    @Nullable InetAddress routerAddressIpv6,
    Duration holdTime,
    int maxPrefixes,
    BgpPeer.LimitAction limitAction,
    BgpPeer.Dial dial,
    boolean acceptDefault,
    boolean announceDefault,
    boolean announceVnetPrefixes,
    boolean azureSide,
    List<Neighbor> neighbors) {

  public BgpConfig {
    neighbors = List.copyOf(neighbors);
  }

  /**
   * A router on the LAN, which is told what the tunnels carry, and tells what lies behind it.
   *
   * @param address its own on the LAN
   * @param asn its own; the same as ours makes the session an internal one
   */
  public record Neighbor(InetAddress address, long asn) {}

  /** What Azure announces at most, and takes at most. */
  public static final int MAX_PREFIXES = ExportPolicy.CAP;

  /**
   * The gateway, as a connection describes it.
   *
   * @param asn its ASN; Azure's default is {@link #DEFAULT_ASN}
   * @param prepend how often our ASN is put in front of the path once more
   * @param vnetPrefixes its address space, which Azure filters when it is announced back; empty:
   *     not known
   */
  public record Gateway(long asn, int prepend, List<Prefix> vnetPrefixes) {
    public static final long DEFAULT_ASN = 65515;

    public Gateway {
      vnetPrefixes = List.copyOf(vnetPrefixes);
    }
  }
}
