package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Topology;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Random loss between the appliance and one instance, counted by what was lost: an ESP packet,
 * whose loss a flow must show, or an IKE datagram, whose loss it must not.
 */
final class EspLoss {
  private static final String RULES =
      """
      table ip soak
      delete table ip soak
      table ip soak {
        counter esp_to {}
        counter esp_from {}
        counter ike {}
        chain esp_to { numgen random mod 10000 < %2$d counter name esp_to drop; }
        chain esp_from { numgen random mod 10000 < %2$d counter name esp_from drop; }
        chain ike { numgen random mod 10000 < %2$d counter name ike drop; }
        chain forward {
          type filter hook forward priority filter;
          ip daddr %1$s meta l4proto esp goto esp_to
          ip saddr %1$s meta l4proto esp goto esp_from
          ip daddr %1$s udp dport 4500 @th,64,32 != 0 goto esp_to
          ip saddr %1$s udp sport 4500 @th,64,32 != 0 goto esp_from
          ip daddr %1$s meta l4proto udp goto ike
          ip saddr %1$s meta l4proto udp goto ike
        }
      }
      """;
  private static final Pattern COUNTER = Pattern.compile("counter (\\w+) \\{\\s*packets (\\d+)");

  private final Topology topology;

  private EspLoss(Topology topology) {
    this.topology = topology;
  }

  /**
   * @param percent of the packets in each direction
   */
  static EspLoss of(Topology topology, int instance, double percent) {
    String address = Addresses.INSTANCES.get(instance);
    // First, as a super-packet that crosses the wire whole would be lost whole, and counted once.
    topology.cpe().ip("link", "set", Topology.WAN, "gso_max_segs", "1");
    topology.instances().get(instance).ip("link", "set", Topology.WAN, "gso_max_segs", "1");
    topology.inet().nft(RULES.formatted(address, Math.round(percent * 100)));
    return new EspLoss(topology);
  }

  long espToInstance() {
    return counter("esp_to");
  }

  long espFromInstance() {
    return counter("esp_from");
  }

  long ike() {
    return counter("ike");
  }

  private long counter(String name) {
    String listing =
        topology
            .inet()
            .run("", java.util.List.of("nft", "list", "counters", "table", "ip", "soak"))
            .orThrow()
            .out();
    Matcher match = COUNTER.matcher(listing);
    while (match.find()) {
      if (match.group(1).equals(name)) {
        return Long.parseLong(match.group(2));
      }
    }
    throw new AssertionError("no counter " + name + " in " + listing);
  }
}
