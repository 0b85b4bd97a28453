package dev.twinspan.agent.config;

import dev.twinspan.agent.config.SiteConfig.Vrrp;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What the file says of the box on its LAN, with its places. */
record SiteDraft(
    @Nullable Located<InetAddress> lanAddress,
    @Nullable Located<InetAddress> sibling,
    @Nullable VrrpDraft vrrp) {

  record VrrpDraft(
      String path,
      @Nullable Located<InetAddress> virtualAddress,
      String networkInterface,
      int routerId,
      int priority,
      Located<Duration> interval,
      Path stateFile) {

    static VrrpDraft read(Section vrrp) {
      return new VrrpDraft(
          vrrp.path(),
          vrrp.address("virtual-address"),
          vrrp.text("interface", ""),
          vrrp.number("router-id", Vrrp.DEFAULT_ROUTER_ID),
          vrrp.number("priority", Vrrp.DEFAULT_PRIORITY),
          new Located<>(
              vrrp.at("advertisement-interval"),
              Duration.ofMillis(
                  vrrp.number("advertisement-interval", Vrrp.DEFAULT_INTERVAL_MILLIS))),
          Path.of(vrrp.text("state-file", Vrrp.DEFAULT_STATE_FILE.toString())));
    }

    @Nullable Vrrp complete() {
      InetAddress address = ConfigDraft.value(virtualAddress);
      return address == null
          ? null
          : new Vrrp(address, networkInterface, routerId, priority, interval.value(), stateFile);
    }
  }

  static SiteDraft read(Section config) {
    return new SiteDraft(
        config.section("lan").address("address"),
        config.section("site-peer").address("address"),
        config.has("vrrp") ? VrrpDraft.read(config.section("vrrp")) : null);
  }

  SiteConfig complete() {
    return new SiteConfig(
        ConfigDraft.value(lanAddress),
        ConfigDraft.value(sibling),
        vrrp == null ? null : vrrp.complete());
  }
}
