package dev.twinspan.agent.peers;

import dev.twinspan.agent.peers.RekeyPeer.Pair;
import dev.twinspan.agent.peers.RekeyPeer.Sas;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@code swanctl --list-sas}.
 *
 * <pre>
 * bench: #1, ESTABLISHED, IKEv2, 8f…_i* 3a…_r
 *   net: #1, reqid 1, INSTALLED, TUNNEL-in-UDP, ESP:AES_GCM_16-256
 *     in  c9e4f0e2,      0 bytes,     0 packets
 *     out 5cd3f5c8,      0 bytes,     0 packets
 * </pre>
 */
final class StrongSwanSas {
  private static final Pattern IKE = Pattern.compile("^\\S+: #\\d+, (\\w+), IKEv2, (\\S+) (\\S+)$");
  private static final Pattern CHILD = Pattern.compile("^  \\S+: #\\d+, reqid \\d+, (\\w+),.*$");
  private static final Pattern SPI = Pattern.compile("^    (in|out) +([0-9a-f]{8}).*$");

  /** One that was replaced and waits for its DELETE still counts. */
  private static final Set<String> IN_USE =
      Set.of("ESTABLISHED", "INSTALLED", "REKEYING", "REKEYED");

  private StrongSwanSas() {}

  static Sas parse(String listing) {
    List<String> ike = new ArrayList<>();
    List<Pair> children = new ArrayList<>();
    boolean installed = false;
    int inbound = 0;
    for (String line : listing.lines().toList()) {
      Matcher match = IKE.matcher(line);
      if (match.matches()) {
        if (IN_USE.contains(match.group(1))) {
          ike.add(match.group(2).replace("*", "") + " " + match.group(3).replace("*", ""));
        }
        continue;
      }
      match = CHILD.matcher(line);
      if (match.matches()) {
        installed = IN_USE.contains(match.group(1));
        continue;
      }
      match = SPI.matcher(line);
      if (match.matches()) {
        int spi = Integer.parseUnsignedInt(match.group(2), 16);
        if (match.group(1).equals("in")) {
          inbound = spi;
        } else if (installed) {
          children.add(new Pair(inbound, spi));
        }
      }
    }
    return new Sas(ike, children);
  }
}
