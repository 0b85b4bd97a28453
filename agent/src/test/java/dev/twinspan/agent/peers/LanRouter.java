package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Namespace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A router on the LAN: stock FRR, zebra and bgpd, AS 65001, which puts what it learns into its
 * kernel's table, equal paths side by side.
 */
final class LanRouter {
  static final int ASN = 65001;

  private final Namespace machine;
  private final Frr frr;

  private LanRouter(Namespace machine, Frr frr) {
    this.machine = machine;
    this.frr = frr;
  }

  /**
   * @param boxes what it speaks to
   */
  static LanRouter start(Namespace machine, Path directory, List<String> boxes) {
    return new LanRouter(machine, Frr.start(machine, directory, config(boxes)));
  }

  /** A box is missed after three seconds; no BFD, which we do not speak. */
  private static String config(List<String> boxes) {
    StringBuilder neighbors = new StringBuilder();
    for (String box : boxes) {
      neighbors.append(
          """
           neighbor @ remote-as 65010
           neighbor @ timers 1 3
           neighbor @ timers connect 1
          """
              .replace("@", box));
    }
    return """
    router bgp %d
     bgp router-id %s
     bgp log-neighbor-changes
     no bgp ebgp-requires-policy
    %s
     address-family ipv4 unicast
      network %s
      maximum-paths 2
     exit-address-family
    """
        .formatted(ASN, Addresses.TRANSIT_ROUTER, neighbors, Addresses.LAN_PREFIX);
  }

  /** Next hops that its kernel spreads flows to the prefix over. */
  List<String> nextHops(String prefix) {
    List<String> hops = new ArrayList<>();
    List<String> words = List.of(machine.ip("route", "show", prefix).split("\\s+"));
    for (int i = 0; i + 1 < words.size(); i++) {
      if (words.get(i).equals("via")) {
        hops.add(words.get(i + 1));
      }
    }
    return hops;
  }

  /** {@code vtysh -c WORDS}. */
  String ask(String words) {
    return frr.ask(words);
  }

  String tails() {
    return frr.tails();
  }
}
