package dev.twinspan.agent.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where this box serves over HTTP what everybody may read who reaches it: metrics, its page.
 *
 * @param address of this box; nothing protects what is told there
 * @param port TCP, 1 to 65535
 */
public record ListenConfig(InetAddress address, int port) {
  private static final int LAST_PORT = 65_535;

  public InetSocketAddress socketAddress() {
    return new InetSocketAddress(address, port);
  }

  /** As the file writes it: {@code 127.0.0.1:9469}, {@code [::1]:9469}. */
  @Override
  public String toString() {
    String text = Addresses.text(address);
    return (text.indexOf(':') < 0 ? text : "[" + text + "]") + ":" + port;
  }

  /** Null where nothing is set, or what is set is wrong. */
  static @Nullable Located<ListenConfig> read(Section section, Problems problems) {
    Located<String> listen = section.text("listen");
    if (listen == null || problems.hasErrorAt(listen.path())) {
      return null;
    }
    String text = listen.value();
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[");
    int port = Integer.parseInt(text.substring(colon + 1));
    try {
      InetAddress address =
          Addresses.address(bracketed ? host.substring(1, host.length() - 1) : host);
      if (port == 0 || port > LAST_PORT) {
        problems.error(listen.path(), "port %d: expected 1 to %d".formatted(port, LAST_PORT));
        return null;
      }
      if (address.isMulticastAddress()) {
        problems.error(
            listen.path(),
            "%s is a group of hosts: expected an address of this box"
                .formatted(Addresses.text(address)));
        return null;
      }
      return new Located<>(listen.path(), new ListenConfig(address, port));
    } catch (Addresses.Malformed e) {
      problems.error(listen.path(), e.sentence());
      return null;
    }
  }

  /** Warns where the internet could read along. */
  static void check(ConfigDraft config, Problems problems) {
    check(config, config.metrics(), "the metrics", problems);
    check(config, config.page(), "the page", problems);
  }

  private static void check(
      ConfigDraft config, @Nullable Located<ListenConfig> listen, String what, Problems problems) {
    if (listen == null) {
      return;
    }
    InetAddress address = listen.value().address();
    String why = null;
    if (address.isAnyLocalAddress()) {
      why = "is every address of this box, those towards the internet too";
    } else if (outer(config, address)) {
      why = "is the address the tunnels are spoken from";
    } else if (!inside(config, address)) {
      why = "is neither private nor of lan.prefixes";
    }
    if (why != null) {
      problems.warning(
          listen.path(),
          ("%s %s: whoever reaches it reads %s; listen on 127.0.0.1 or this box's address"
                  + " on the LAN")
              .formatted(Addresses.text(address), why, what));
    }
  }

  private static boolean outer(ConfigDraft config, InetAddress address) {
    return address.equals(ConfigDraft.value(config.wanAddress()))
        || config.allInstances().stream()
            .map(instance -> ConfigDraft.value(instance.localAddress()))
            .filter(Objects::nonNull)
            .anyMatch(address::equals);
  }

  /**
   * RFC 1918, RFC 4193 and this host's own; InetAddress knows of IPv6 only what RFC 4193 replaced.
   */
  private static boolean inside(ConfigDraft config, InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
    return address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || bytes.length == 4 && address.isSiteLocalAddress()
        || uniqueLocal
        || config.lan().stream().anyMatch(prefix -> prefix.value().contains(address));
  }
}
