package dev.twinspan.agent.config;

import dev.twinspan.agent.config.ConnectionConfig.Routing;
import dev.twinspan.agent.config.SiteDraft.VrrpDraft;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What speaks with this box on its LAN: the site's other box, and routers. */
final class SiteChecks {
  private static final Duration USUAL = Duration.ofMillis(300);

  private final SiteDraft site;
  private final Problems problems;

  private SiteChecks(SiteDraft site, Problems problems) {
    this.site = site;
    this.problems = problems;
  }

  static void check(ConfigDraft config, Problems problems) {
    SiteChecks checks = new SiteChecks(config.site(), problems);
    checks.sibling(config);
    checks.neighbors(config);
    VrrpDraft vrrp = config.site().vrrp();
    if (vrrp != null) {
      checks.vrrp(vrrp);
    }
  }

  private void sibling(ConfigDraft config) {
    Located<InetAddress> sibling = site.sibling();
    if (sibling == null) {
      return;
    }
    own(sibling, "the sibling's own address");
    Located<InetAddress> outer = config.wanAddress();
    if (outer != null && outer.value().equals(sibling.value())) {
      problems.error(
          sibling.path(),
          "%s is this box's %s: expected the sibling's address on the LAN"
              .formatted(Addresses.text(sibling.value()), outer.path()));
    }
    for (ConfigDraft.Instance instance : config.allInstances()) {
      if (instance.address() != null && instance.address().value().equals(sibling.value())) {
        problems.error(
            sibling.path(),
            "%s is %s.address, an instance of Azure's: expected the sibling's address on the LAN"
                .formatted(Addresses.text(sibling.value()), instance.path()));
      }
    }
    config.connections().forEach(this::samePrefixes);
  }

  /** Both boxes have the LAN behind them, so Azure has two local network gateways with it. */
  private void samePrefixes(ConfigDraft.Connection connection) {
    if (connection.routing() == Routing.STATIC) {
      problems.warning(
          connection.path() + ".routing",
          "static, and the site has another box (site-peer): Azure has several tunnels to one site"
              + " only with BGP on each; set routing: bgp, and in each box another"
              + " bgp.router-address");
    }
  }

  private void neighbors(ConfigDraft config) {
    Map<InetAddress, String> seen = new HashMap<>();
    for (BgpDraft.Neighbor neighbor : config.bgp().neighbors()) {
      Located<InetAddress> address = neighbor.address();
      if (neighbor.asn() != null) {
        asn(neighbor.asn(), config);
      }
      if (address == null) {
        continue;
      }
      String first = seen.putIfAbsent(address.value(), address.path());
      if (first != null) {
        problems.error(
            address.path(),
            "%s is %s too: list each router once"
                .formatted(Addresses.text(address.value()), first));
      }
      own(address, "the router's own address");
      somebodyElses(address, config);
      behindATunnel(address, config);
    }
    boolean learns = config.connections().stream().anyMatch(c -> c.routing() == Routing.BGP);
    if (!seen.isEmpty() && !learns && !config.connections().isEmpty()) {
      problems.warning(
          "bgp.neighbors",
          "no connection has routing bgp, so Azure is not told what these routers tell of: list it"
              + " in the local network gateway, or set routing: bgp");
    }
  }

  private void asn(Located<Long> asn, ConfigDraft config) {
    ReservedAsn.whose(asn.value())
        .ifPresent(
            whose ->
                problems.error(
                    asn.path(),
                    whose
                        + ", which takes no path with it: take a private ASN for the router, 64512"
                        + " to 65514 or 65521 to 65534, or a 32-bit one"));
    for (ConfigDraft.Connection connection : config.connections()) {
      if (connection.routing() == Routing.BGP
          && connection.gateway().asnOrDefault() == asn.value()
          && !problems.hasErrorAt(asn.path())) {
        problems.error(
            asn.path(),
            "%d is the gateway's ASN too (%s.asn), which takes no path with it: give the router another"
                    .formatted(asn.value(), connection.path())
                + " one");
      }
    }
  }

  private void somebodyElses(Located<InetAddress> router, ConfigDraft config) {
    List<Located<InetAddress>> others = new ArrayList<>();
    others.addAll(
        CrossChecks.present(
            site.sibling(),
            site.vrrp() == null ? null : site.vrrp().virtualAddress(),
            config.wanAddress(),
            config.publicAddress(),
            config.bgp().routerAddress()));
    for (ConfigDraft.Instance instance : config.allInstances()) {
      others.addAll(
          CrossChecks.present(
              instance.address(),
              instance.bgpAddress(),
              instance.localAddress(),
              instance.localBgpAddress()));
    }
    for (Located<InetAddress> other : others) {
      if (other.value().equals(router.value())) {
        problems.error(
            router.path(),
            "%s is %s: expected the address of a router on the LAN"
                .formatted(Addresses.text(router.value()), other.path()));
        return;
      }
    }
  }

  /** Sought in a tunnel, unless a longer prefix of the LAN keeps it here. */
  private void behindATunnel(Located<InetAddress> router, ConfigDraft config) {
    int here =
        config.lan().stream()
            .filter(lan -> lan.value().contains(router.value()))
            .mapToInt(lan -> lan.value().length())
            .max()
            .orElse(-1);
    for (ConfigDraft.Connection connection : config.connections()) {
      List<Located<Prefix>> there = new ArrayList<>(connection.staticPrefixes());
      there.addAll(connection.gateway().vnetPrefixes());
      for (Located<Prefix> prefix : there) {
        if (prefix.value().contains(router.value()) && prefix.value().length() >= here) {
          problems.error(
              router.path(),
              "%s lies inside %s (%s), so it would be sought in a tunnel: expected the address of a"
                      .formatted(Addresses.text(router.value()), prefix.value(), prefix.path())
                  + " router on the LAN");
          return;
        }
      }
    }
  }

  /**
   * What stands on the LAN besides us needs an address of ours, of the same family, another one.
   */
  private void own(Located<InetAddress> other, String expected) {
    Located<InetAddress> own = site.lanAddress();
    String text = Addresses.text(other.value());
    if (own == null) {
      problems.error(other.path(), "needs this box's own address on the LAN: set lan.address");
    } else if (own.value().equals(other.value())) {
      problems.error(
          other.path(), "%s is lan.address, this box's own: expected %s".formatted(text, expected));
    } else if (own.value().getAddress().length != other.value().getAddress().length) {
      problems.error(
          other.path(),
          "%s cannot be spoken to from %s (lan.address): expected both IPv4 or both IPv6"
              .formatted(text, Addresses.text(own.value())));
    }
  }

  private void vrrp(VrrpDraft vrrp) {
    @Nullable Located<InetAddress> address = vrrp.virtualAddress();
    if (address != null) {
      virtual(vrrp, address);
    }
    Duration interval = vrrp.interval().value();
    if (interval.toMillis() % 10 != 0) {
      problems.error(
          vrrp.interval().path(),
          "%d ms cannot be said in VRRP, which counts hundredths of a second: expected a multiple of 10"
              .formatted(interval.toMillis()));
    } else if (interval.compareTo(USUAL) >= 0) {
      problems.warning(
          vrrp.interval().path(),
          "a lost box is missed after three advertisements and a bit, %d ms: for less than a second"
                  .formatted(3 * interval.toMillis() + interval.toMillis() / 2)
              + " set at most 250");
    }
  }

  private void virtual(VrrpDraft vrrp, Located<InetAddress> address) {
    String text = Addresses.text(address.value());
    if (address.value().getAddress().length != 4) {
      problems.error(
          address.path(), "%s is not IPv4: expected an IPv4 address of the LAN".formatted(text));
      return;
    }
    own(address, "an address of the LAN that is no box's own");
    Located<InetAddress> sibling = site.sibling();
    if (sibling == null) {
      problems.warning(
          vrrp.path(),
          "shares %s with another box, and no site-peer is set: VRRP then speaks by multicast, and a"
                  .formatted(text)
              + " box without tunnels cannot forward over the other");
    } else if (sibling.value().equals(address.value())) {
      problems.error(
          address.path(),
          "%s is site-peer.address, the sibling's own: expected an address of the LAN that is no box's"
                  .formatted(text)
              + " own");
    }
  }
}
