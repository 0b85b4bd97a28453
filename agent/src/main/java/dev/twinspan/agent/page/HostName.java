package dev.twinspan.agent.page;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request's {@code Host} can mean this machine. A page of the internet can have its own
 * name resolve to an address of the LAN (DNS rebinding) and would then read what is told here as
 * its own; a name of the internet is therefore no name of ours.
 */
final class HostName {
  static final String EXPECTED =
      "expected an address, localhost, or a name without a dot or under .local, .lan, .home.arpa,"
          + " .internal or .test; behind a proxy let it set Host so";

  private static final Set<String> LOCAL =
      Set.of("local", "lan", "internal", "test", "localhost", "home.arpa");

  private HostName() {}

  static boolean mayBeOurs(@Nullable String host) {
    if (host == null || host.isEmpty() || host.length() > 255) {
      return false;
    }
    if (host.startsWith("[")) {
      return true; // IPv6
    }
    int colon = host.indexOf(':');
    String name = (colon < 0 ? host : host.substring(0, colon)).toLowerCase(Locale.ROOT);
    boolean address = name.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    return address || name.indexOf('.') < 0 || LOCAL.stream().anyMatch(end -> under(name, end));
  }

  private static boolean under(String name, String end) {
    return name.endsWith("." + end);
  }
}
