package dev.twinspan.agent.config;

import dev.twinspan.agent.config.SiteDraft.VrrpDraft;
import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Addresses of a site's two boxes against each other. */
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
