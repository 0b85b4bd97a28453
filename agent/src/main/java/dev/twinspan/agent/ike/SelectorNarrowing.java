package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.TrafficSelector;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Traffic selectors as sets, and what two sides have in common: RFC 7296 section 2.9. */
final class SelectorNarrowing {
  /** A TS payload counts its selectors in one byte; nobody needs more of one CHILD SA. */
  private static final int LIMIT = 64;

  private static final int LAST_PORT = 65535;

  private SelectorNarrowing() {}

  /**
   * What is in both, in the order of {@code offered}; empty when nothing is (TS_UNACCEPTABLE).
   * Selectors that lie in another of the result are left out.
   */
  static List<TrafficSelector> narrow(
      List<TrafficSelector> offered, List<TrafficSelector> allowed) {
    List<TrafficSelector> common = new ArrayList<>();
    for (TrafficSelector theirs : offered) {
      for (TrafficSelector ours : allowed) {
        TrafficSelector both = intersect(theirs, ours);
        if (both != null && common.size() < LIMIT) {
          add(common, both);
        }
      }
    }
    return List.copyOf(common);
  }

  private static void add(List<TrafficSelector> common, TrafficSelector next) {
    for (TrafficSelector one : common) {
      if (contains(one, next)) {
        return;
      }
    }
    common.removeIf(one -> contains(next, one));
    common.add(next);
  }

  static @Nullable TrafficSelector intersect(TrafficSelector a, TrafficSelector b) {
    if (isIpv4(a) != isIpv4(b)) {
      return null;
    }
    if (a.protocol() != 0 && b.protocol() != 0 && a.protocol() != b.protocol()) {
      return null;
    }
    int protocol = a.protocol() != 0 ? a.protocol() : b.protocol();
    InetAddress first = compare(a.first(), b.first()) >= 0 ? a.first() : b.first();
    InetAddress last = compare(a.last(), b.last()) <= 0 ? a.last() : b.last();
    if (compare(first, last) > 0) {
      return null;
    }
    if (isOpaque(a) || isOpaque(b)) {
      return opaque(a, b, protocol, first, last);
    }
    int startPort = Math.max(a.startPort(), b.startPort());
    int endPort = Math.min(a.endPort(), b.endPort());
    return startPort > endPort
        ? null
        : new TrafficSelector(protocol, startPort, endPort, first, last);
  }

  /** Port OPAQUE (65535 to 0): packets whose port cannot be seen. Part of ANY and of itself. */
  private static @Nullable TrafficSelector opaque(
      TrafficSelector a, TrafficSelector b, int protocol, InetAddress first, InetAddress last) {
    boolean inBoth = (isOpaque(a) || hasAnyPort(a)) && (isOpaque(b) || hasAnyPort(b));
    return inBoth ? new TrafficSelector(protocol, LAST_PORT, 0, first, last) : null;
  }

  /** Whether each of {@code inner} lies in one of {@code outer}. */
  static boolean covers(List<TrafficSelector> outer, List<TrafficSelector> inner) {
    return inner.stream().allMatch(one -> outer.stream().anyMatch(all -> contains(all, one)));
  }

  private static boolean contains(TrafficSelector outer, TrafficSelector inner) {
    TrafficSelector both = intersect(outer, inner);
    return both != null
        && both.protocol() == inner.protocol()
        && both.startPort() == inner.startPort()
        && both.endPort() == inner.endPort()
        && compare(both.first(), inner.first()) == 0
        && compare(both.last(), inner.last()) == 0;
  }

  private static boolean isIpv4(TrafficSelector selector) {
    return selector.first().getAddress().length == 4;
  }

  private static boolean isOpaque(TrafficSelector selector) {
    return selector.startPort() > selector.endPort();
  }

  private static boolean hasAnyPort(TrafficSelector selector) {
    return selector.startPort() == 0 && selector.endPort() == LAST_PORT;
  }

  private static int compare(InetAddress a, InetAddress b) {
    return Arrays.compareUnsigned(a.getAddress(), b.getAddress());
  }

  // --- in words ---------------------------------------------------------------------------------

  /** {@code 10.0.0.0/8, 192.168.1.5-192.168.1.9 protocol 6 port 80}. */
  static String words(List<TrafficSelector> selectors) {
    if (selectors.isEmpty()) {
      return "none";
    }
    return selectors.stream()
            .limit(8)
            .map(SelectorNarrowing::words)
            .collect(Collectors.joining(", "))
        + (selectors.size() > 8 ? " and " + (selectors.size() - 8) + " more" : "");
  }

  private static String words(TrafficSelector selector) {
    StringBuilder words = new StringBuilder(range(selector));
    if (selector.protocol() != 0) {
      words.append(" protocol ").append(selector.protocol());
    }
    if (isOpaque(selector)) {
      words.append(" port opaque");
    } else if (!hasAnyPort(selector)) {
      words.append(" port ").append(selector.startPort());
      if (selector.endPort() != selector.startPort()) {
        words.append('-').append(selector.endPort());
      }
    }
    return words.toString();
  }

  private static String range(TrafficSelector selector) {
    byte[] first = selector.first().getAddress();
    byte[] last = selector.last().getAddress();
    int bits = first.length * 8;
    int prefix = 0;
    while (prefix < bits && bit(first, prefix) == bit(last, prefix)) {
      prefix++;
    }
    for (int i = prefix; i < bits; i++) {
      if (bit(first, i) != 0 || bit(last, i) != 1) {
        return selector.first().getHostAddress() + "-" + selector.last().getHostAddress();
      }
    }
    return selector.first().getHostAddress() + "/" + prefix;
  }

  private static int bit(byte[] address, int index) {
    return address[index / 8] >> (7 - index % 8) & 1;
  }
}
