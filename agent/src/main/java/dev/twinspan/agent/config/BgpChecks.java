package dev.twinspan.agent.config;

import dev.twinspan.agent.bgp.ExportPolicy;
import dev.twinspan.agent.config.ConnectionConfig.Routing;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What Azure demands of a BGP peer, and what would lead traffic astray. */
final class BgpChecks {
  /** What Azure takes as its own APIPA BGP address ("How to configure BGP"). */
  private static final List<Prefix> AZURE_APIPA =
      List.of(prefix("169.254.21.0/24"), prefix("169.254.22.0/24"));

  private static final Prefix APIPA = prefix("169.254.0.0/16");

  private final ConfigDraft config;
  private final BgpDraft bgp;
  private final Problems problems;

  private BgpChecks(ConfigDraft config, Problems problems) {
    this.config = config;
    this.bgp = config.bgp();
    this.problems = problems;
  }

  static void check(ConfigDraft config, Problems problems) {
    BgpChecks checks = new BgpChecks(config, problems);
    checks.asn();
    checks.ownAddress(config.bgp().routerAddress());
    checks.holdTime();
    checks.peerAddressesDiffer();
    for (ConfigDraft.Connection connection : config.connections()) {
      checks.gateway(connection);
      for (ConfigDraft.Instance instance : connection.instances()) {
        checks.ownAddress(instance.localBgpAddress());
        checks.peerAddress(connection, instance);
      }
    }
    if (config.connections().stream().anyMatch(c -> c.routing() == Routing.BGP)) {
      checks.announced();
    }
  }

  private void asn() {
    Located<Long> asn = bgp.asn();
    if (asn != null && !bgp.azureSide()) {
      ReservedAsn.why(asn.value()).ifPresent(why -> problems.error(asn.path(), why));
    }
  }

  private void holdTime() {
    Located<Long> hold = bgp.holdTime();
    if (hold == null) {
      return;
    }
    if (hold.value() == 1 || hold.value() == 2) {
      problems.error(
          hold.path(),
          "%d s is no hold time of BGP: expected 0 (never) or 3 to 65535 (RFC 4271 section 4.2)"
              .formatted(hold.value()));
    } else if (hold.value() != 180 && !bgp.azureSide()) {
      problems.warning(
          hold.path(),
          "Azure's timers are fixed at 60 and 180 s and it does not negotiate: leave it at 180;"
              + " tunnels that fail are found without it");
    }
  }

  private void ownAddress(@Nullable Located<InetAddress> own) {
    if (own == null) {
      return;
    }
    for (Located<InetAddress> outer :
        CrossChecks.present(config.wanAddress(), config.publicAddress())) {
      if (outer.value().equals(own.value())) {
        problems.error(
            own.path(),
            "%s is %s too; Azure's BGP peer address must not be the device's public address: take a"
                    .formatted(Addresses.text(own.value()), outer.path())
                + " loopback address of this box");
      }
    }
  }

  private void peerAddressesDiffer() {
    Map<InetAddress, String> seen = new HashMap<>();
    for (ConfigDraft.Instance instance : config.allInstances()) {
      Located<InetAddress> address = instance.bgpAddress();
      if (address == null) {
        continue;
      }
      String first = seen.putIfAbsent(address.value(), instance.path());
      if (first != null) {
        problems.error(
            address.path(),
            "%s is the BGP address of %s too: each instance of an Azure gateway has its own"
                .formatted(Addresses.text(address.value()), first));
      }
    }
  }

  private void gateway(ConfigDraft.Connection connection) {
    if (connection.routing() != Routing.BGP) {
      return;
    }
    Located<Long> own = bgp.asn();
    String routing = connection.path() + ".routing";
    if (own == null) {
      if (!problems.hasErrorAt("bgp")) {
        problems.error(routing, "bgp needs an ASN of this box: set bgp.asn");
      }
    } else if (connection.gateway().asnOrDefault() == own.value()
        && !problems.hasErrorAt(own.path())) {
      problems.error(
          own.path(),
          "%d is the gateway's ASN too (%s.asn): Azure takes no peer of its own ASN, give this box"
                  .formatted(own.value(), connection.path())
              + " another one");
    }
  }

  private @Nullable Located<InetAddress> local(ConfigDraft.Instance instance) {
    return instance.localBgpAddress() == null ? bgp.routerAddress() : instance.localBgpAddress();
  }

  private void peerAddress(ConfigDraft.Connection connection, ConfigDraft.Instance instance) {
    Located<InetAddress> peer = instance.bgpAddress();
    if (peer == null) {
      if (connection.routing() == Routing.BGP && !problems.hasErrorAt(instance.path())) {
        problems.error(
            instance.path() + ".bgp-address",
            "is missing, routing bgp needs it: the instance's BGP peer address from the gateway's"
                + " configuration page");
      }
      return;
    }
    String text = Addresses.text(peer.value());
    boolean azure = AZURE_APIPA.stream().anyMatch(prefix -> prefix.contains(peer.value()));
    if (APIPA.contains(peer.value()) && !azure && !bgp.azureSide()) {
      problems.error(
          peer.path(),
          "%s is an APIPA address outside Azure's range: expected 169.254.21.0 to 169.254.22.255"
              .formatted(text));
    }
    if (instance.address() != null && instance.address().value().equals(peer.value())) {
      problems.error(
          peer.path(),
          "%s is the instance's public address: expected its BGP peer address, inside the tunnel"
              .formatted(text));
    }
    for (Located<Prefix> lan : config.lan()) {
      if (lan.value().length() > 0 && lan.value().contains(peer.value())) {
        problems.error(
            peer.path(),
            "%s lies inside %s (%s), so it would be looked for on the LAN: expected an address of"
                    .formatted(text, lan.value(), lan.path())
                + " the gateway's subnet");
      }
    }
    if (connection.routing() == Routing.BGP) {
      bothEnds(instance, peer);
    }
  }

  /** What we speak from must suit what we speak to. */
  private void bothEnds(ConfigDraft.Instance instance, Located<InetAddress> peer) {
    Located<InetAddress> local = local(instance);
    if (local == null) {
      if (!problems.hasErrorAt("bgp")) {
        problems.error(
            instance.path(),
            "has no address to speak BGP from: set bgp.router-address to the BGP peer IP address of"
                + " the local network gateway (or local-bgp-address here)");
      }
      return;
    }
    String ours = Addresses.text(local.value());
    String theirs = Addresses.text(peer.value());
    if (local.value().equals(peer.value())) {
      problems.error(
          peer.path(),
          "%s is this box's own (%s): expected the instance's BGP peer address"
              .formatted(theirs, local.path()));
    } else if (local.value().getAddress().length != peer.value().getAddress().length) {
      problems.error(
          peer.path(),
          "%s cannot be spoken to from %s (%s): expected both IPv4 or both IPv6"
              .formatted(theirs, ours, local.path()));
    } else if (APIPA.contains(local.value()) != APIPA.contains(peer.value())) {
      problems.error(
          peer.path(),
          "%s and %s (%s): Azure uses its APIPA address when the local network gateway's BGP peer is"
                  .formatted(theirs, ours, local.path())
              + " an APIPA address too, and only then; expected both of 169.254.0.0/16 or neither");
    } else if (APIPA.contains(peer.value())
        && !bgp.azureSide()
        && bgp.dial() != null
        && bgp.dial().value().equals("passive")) {
      problems.error(
          bgp.dial().path(),
          "passive waits for ever for %s: Azure never dials from an APIPA address; set both or active"
              .formatted(theirs));
    }
  }

  /** What the export policy will leave out, said beforehand. */
  private void announced() {
    Set<Prefix> vnet = new HashSet<>();
    config
        .connections()
        .forEach(c -> c.gateway().vnetPrefixes().forEach(prefix -> vnet.add(prefix.value())));
    for (Located<Prefix> lan : config.lan()) {
      if (lan.value().length() == 0 && !bgp.announceDefault()) {
        problems.warning(
            lan.path(),
            "%s is not announced: it would draw all traffic of the VNet here (forced tunnelling); set"
                    .formatted(lan.value())
                + " bgp.announce-default if that is meant");
      } else if (vnet.contains(lan.value()) && !bgp.announceVnetPrefixes()) {
        problems.warning(
            lan.path(),
            "%s is not announced: it equals a prefix of the VNet, which Azure filters; take a larger"
                    .formatted(lan.value())
                + " or a smaller one, or set bgp.announce-vnet-prefixes");
      }
    }
    int count = config.lan().size();
    if (count >= ExportPolicy.ALARM) {
      problems.warning(
          "lan.prefixes",
          "%d prefixes, Azure drops the session above %d: aggregate them"
              .formatted(count, ExportPolicy.CAP));
    }
  }

  private static Prefix prefix(String text) {
    try {
      return Addresses.prefix(text);
    } catch (Addresses.Malformed e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
