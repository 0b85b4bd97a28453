package dev.twinspan.agent.config;

import dev.twinspan.agent.bgp.BgpPeer;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the file says of this box as a BGP speaker, with its places. */
record BgpDraft(
    @Nullable Located<Long> asn,
    @Nullable Located<InetAddress> routerAddress,
    @Nullable Located<InetAddress> routerAddressIpv6,
    @Nullable Located<Long> holdTime,
    int maxPrefixes,
    BgpPeer.LimitAction limitAction,
    @Nullable Located<String> dial,
    boolean acceptDefault,
    boolean announceDefault,
    boolean announceVnetPrefixes,
    boolean azureSide,
    List<Neighbor> neighbors) {

  /** A router on the LAN. */
  record Neighbor(@Nullable Located<InetAddress> address, @Nullable Located<Long> asn) {
    static Neighbor read(Section neighbor) {
      return new Neighbor(neighbor.address("address"), neighbor.number("asn"));
    }

    BgpConfig.Neighbor complete() {
      return new BgpConfig.Neighbor(
          Objects.requireNonNull(ConfigDraft.value(address)),
          Objects.requireNonNull(ConfigDraft.value(asn)));
    }
  }

  static BgpDraft read(Section bgp) {
    return new BgpDraft(
        bgp.number("asn"),
        bgp.address("router-address"),
        bgp.address("router-address-ipv6"),
        bgp.number("hold-time"),
        bgp.number("max-prefixes", BgpConfig.MAX_PREFIXES),
        bgp.text("limit-action", "").equals("warn")
            ? BgpPeer.LimitAction.WARN
            : BgpPeer.LimitAction.DROP,
        bgp.text("dial"),
        bgp.flag("accept-default", false),
        bgp.flag("announce-default", false),
        bgp.flag("announce-vnet-prefixes", false),
        bgp.flag("azure-side", false),
        bgp.sections("neighbors").stream().map(Neighbor::read).toList());
  }

  /** Null: no ASN, no BGP. */
  @Nullable BgpConfig complete() {
    if (asn == null) {
      return null;
    }
    return new BgpConfig(
        asn.value(),
        ConfigDraft.value(routerAddress),
        ConfigDraft.value(routerAddressIpv6),
        holdTime == null ? BgpPeer.AZURE_HOLD : Duration.ofSeconds(holdTime.value()),
        maxPrefixes,
        limitAction,
        switch (dial == null ? "both" : dial.value()) {
          case "active" -> BgpPeer.Dial.ACTIVE;
          case "passive" -> BgpPeer.Dial.PASSIVE;
          default -> BgpPeer.Dial.BOTH;
        },
        acceptDefault,
        announceDefault,
        announceVnetPrefixes,
        azureSide,
        neighbors.stream().map(Neighbor::complete).toList());
  }

  /** What a connection says of its gateway. */
  record Gateway(@Nullable Located<Long> asn, int prepend, List<Located<Prefix>> vnetPrefixes) {
    static Gateway read(Section connection) {
      return new Gateway(
          connection.number("asn"),
          connection.number("prepend", 0),
          connection.prefixes("vnet-prefixes"));
    }

    long asnOrDefault() {
      return asn == null ? BgpConfig.Gateway.DEFAULT_ASN : asn.value();
    }

    BgpConfig.Gateway complete() {
      return new BgpConfig.Gateway(asnOrDefault(), prepend, ConfigDraft.values(vnetPrefixes));
    }
  }
}
