package dev.twinspan.agent.peers;

import dev.twinspan.agent.rehearse.netns.Addresses;
import dev.twinspan.agent.rehearse.netns.Namespace;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a tunnel costs on the internet: IKE requests of ours to in0 with their answers, and ESP, in
 * packets and outer bytes, since it was made.
 */
final class TunnelCosts {
  private static final String RULES =
      """
      table ip costs
      delete table ip costs
      table ip costs {
        counter requests {}
        counter answers {}
        counter carried {}
        chain forward {
          type filter hook forward priority -5;
          ip daddr %1$s udp dport 4500 @th,64,32 0 @th,248,8 & 0x20 == 0 counter name requests
          ip saddr %1$s udp sport 4500 @th,64,32 0 @th,248,8 & 0x20 != 0 counter name answers
          ip daddr %1$s udp dport 4500 @th,64,32 != 0 counter name carried
          ip saddr %1$s udp sport 4500 @th,64,32 != 0 counter name carried
        }
      }
      """;
  private static final Pattern COUNTER =
      Pattern.compile("counter (\\w+) \\{\\s*packets (\\d+) bytes (\\d+)");

  private final Namespace inet;

  /**
   * @param inet the internet of the bench
   */
  TunnelCosts(Namespace inet) {
    this.inet = inet;
    inet.nft(RULES.formatted(Addresses.INSTANCES.getFirst()));
  }

  long requests() {
    return sum(Set.of("requests"), 2);
  }

  long bytes() {
    return sum(Set.of("requests", "answers", "carried"), 3);
  }

  private long sum(Set<String> counters, int group) {
    String listed =
        inet.run("", List.of("nft", "list", "counters", "table", "ip", "costs")).orThrow().out();
    return COUNTER
        .matcher(listed)
        .results()
        .filter(match -> counters.contains(match.group(1)))
        .mapToLong(match -> Long.parseLong(match.group(group)))
        .sum();
  }
}
