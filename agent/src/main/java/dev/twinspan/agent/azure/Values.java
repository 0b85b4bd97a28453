package dev.twinspan.agent.azure;

import dev.twinspan.agent.config.Addresses;
import dev.twinspan.agent.config.ConnectionConfig.SelectorPair;
import dev.twinspan.agent.config.Prefix;
import dev.twinspan.agent.ike.Secret;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Texts of a file to values. What cannot be read is told as a finding and left out.
 *
 * @param about the file, for the findings
 */
record Values(Findings findings, String about) {
  private static final int MAX_PREFIXES = 4000;
  private static final int MAX_PAIRS = 200;
  private static final int MAX_ADDRESSES = 16;

  @Nullable InetAddress address(@Nullable String text, String key) {
    if (text == null) {
      return null;
    }
    try {
      return Addresses.address(text);
    } catch (Addresses.Malformed e) {
      findings.warning("bad-address", about, key + ": " + e.sentence() + "; left out", "");
      return null;
    }
  }

  List<InetAddress> addresses(List<String> texts, String key) {
    List<InetAddress> addresses = new ArrayList<>();
    for (String text : texts.subList(0, Math.min(MAX_ADDRESSES, texts.size()))) {
      InetAddress address = address(text, key);
      if (address != null) {
        addresses.add(address);
      }
    }
    return addresses;
  }

  List<Prefix> prefixes(List<String> texts, String key) {
    Set<Prefix> prefixes = new LinkedHashSet<>();
    if (texts.size() > MAX_PREFIXES) {
      findings.warning(
          "too-many-prefixes",
          about,
          "%s has %d prefixes; the first %d are taken".formatted(key, texts.size(), MAX_PREFIXES),
          "in Azure: fewer and larger prefixes; BGP takes %d a peer too".formatted(MAX_PREFIXES));
    }
    for (String text : texts.subList(0, Math.min(MAX_PREFIXES, texts.size()))) {
      try {
        prefixes.add(Addresses.prefix(text));
      } catch (Addresses.Malformed e) {
        findings.warning("bad-prefix", about, key + ": " + e.sentence() + "; left out", "");
      }
    }
    return List.copyOf(prefixes);
  }

  /** Null when it is none. */
  @Nullable String hostName(@Nullable String text) {
    if (text == null || text.matches("[A-Za-z0-9][A-Za-z0-9.-]{0,252}")) {
      return text;
    }
    findings.warning("bad-host-name", about, "fqdn is no host name; left out", "");
    return null;
  }

  @Nullable Long asn(@Nullable Long number, String key) {
    if (number == null || number == 0) {
      return null;
    }
    if (number < 0 || number > 4_294_967_294L) {
      findings.warning(
          "bad-asn",
          about,
          "%s is %d, expected 1 to 4294967294; left out".formatted(key, number),
          "");
      return null;
    }
    return number;
  }

  /** Every pair of one entry's ranges; local and remote are seen from Azure there. */
  List<SelectorPair> selectors(List<Fields> policies) {
    Set<SelectorPair> pairs = new LinkedHashSet<>();
    for (Fields policy : policies) {
      List<Prefix> azure = prefixes(policy.texts("localAddressRanges"), "localAddressRanges");
      List<Prefix> here = prefixes(policy.texts("remoteAddressRanges"), "remoteAddressRanges");
      pairs(here, azure, pairs);
    }
    return List.copyOf(pairs);
  }

  /** Every pair of this side and Azure's, of one address family. */
  void pairs(List<Prefix> here, List<Prefix> azure, Set<SelectorPair> into) {
    for (Prefix local : here) {
      for (Prefix remote : azure) {
        if (local.isIpv6() != remote.isIpv6()) {
          continue;
        }
        if (into.size() >= MAX_PAIRS) {
          findings.warning(
              "too-many-selectors",
              about,
              "more than %d pairs of traffic selectors; the first are taken".formatted(MAX_PAIRS),
              "in Azure: fewer prefixes, or a route-based connection without traffic selectors");
          return;
        }
        into.add(new SelectorPair(local, remote));
      }
    }
  }

  /** A key Azure could have; null when there is none, or it is told why it is none. */
  static @Nullable Secret secret(@Nullable String text) {
    return text == null ? null : new Secret(text.getBytes(StandardCharsets.UTF_8));
  }

  static boolean isPrivate(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
    return address.isSiteLocalAddress() || uniqueLocal;
  }

  /** 169.254.0.0/16, which Azure calls APIPA. */
  static boolean isApipa(@Nullable InetAddress address) {
    return address != null && address.getAddress().length == 4 && address.isLinkLocalAddress();
  }
}
