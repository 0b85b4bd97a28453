package dev.twinspan.agent.rehearse.netns;

import static dev.twinspan.agent.rehearse.netns.Addresses.INSTANCES;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What goes wrong on the way between appliance and instances: packets dropped in the middle, by
 * nftables in the namespace of the internet. The kernel here need not have netem; delay is the
 * {@link Relay}'s.
 *
 * <p>Thread-safe: each change renders the whole rule table and swaps it in one transaction.
 */
public final class Faults {
  /** Which packets of an instance a blackhole swallows. */
  public enum Blackhole {
    BOTH,
    TO_INSTANCE,
    FROM_INSTANCE,
    /** ESP in both directions, in UDP or bare, while IKE passes. */
    ESP
  }

  /** nftables counts in whole numbers: loss in steps of 0.01 %. */
  private static final int LOSS_STEPS = 10_000;

  private final Topology topology;
  private final SortedMap<Integer, Blackhole> blackholes = new TreeMap<>();
  private final SortedMap<Integer, Double> losses = new TreeMap<>();

  public Faults(Topology topology) {
    this.topology = topology;
  }

  public synchronized void blackhole(int instance, Blackhole kind) {
    blackholes.put(instance, kind);
    apply();
  }

  /**
   * @param percent of packets lost in each direction, 0 to 100
   */
  public synchronized void loss(int instance, double percent) {
    if (percent < 0 || percent > 100) {
      throw new BenchException("loss of %s %%: expected 0 to 100".formatted(percent));
    }
    losses.put(instance, percent);
    apply();
    // A super-packet that crosses the wire whole would be lost whole: 44 packets in a row.
    singlePackets(instance);
  }

  /** Puts the way to that instance in order again. */
  public synchronized void clear(int instance) {
    blackholes.remove(instance);
    losses.remove(instance);
    apply();
  }

  /** What is out of order, in words, for the page; empty when nothing is. */
  public synchronized List<String> describe() {
    List<String> all = new ArrayList<>();
    blackholes.forEach(
        (i, kind) ->
            all.add(
                Topology.instanceName(i)
                    + " blackhole "
                    + kind.name().toLowerCase(java.util.Locale.ROOT)));
    losses.forEach(
        (i, percent) -> all.add("%s loss %s %%".formatted(Topology.instanceName(i), percent)));
    return all;
  }

  private void singlePackets(int instance) {
    topology.cpe().ip("link", "set", Topology.WAN, "gso_max_segs", "1");
    topology.instances().get(instance).ip("link", "set", Topology.WAN, "gso_max_segs", "1");
  }

  private void apply() {
    StringBuilder rules = new StringBuilder();
    blackholes.forEach((i, kind) -> rules.append(drops(INSTANCES.get(i), kind)));
    losses.forEach((i, percent) -> rules.append(losing(INSTANCES.get(i), percent)));
    topology
        .inet()
        .nft(
            """
            table ip faults
            delete table ip faults
            table ip faults {
              chain forward {
                type filter hook forward priority filter;
            %s  }
            }
            """
                .formatted(rules));
  }

  private static String drops(String address, Blackhole kind) {
    String to = "    ip daddr %s counter drop\n".formatted(address);
    String from = "    ip saddr %s counter drop\n".formatted(address);
    return switch (kind) {
      case BOTH -> to + from;
      case TO_INSTANCE -> to;
      case FROM_INSTANCE -> from;
      case ESP -> esp("daddr", address) + esp("saddr", address);
    };
  }

  /** RFC 3948: after the UDP header, IKE has four zero bytes, ESP its SPI. */
  private static String esp(String side, String address) {
    return """
        ip %1$s %2$s udp dport 4500 @th,64,32 != 0 counter drop
        ip %1$s %2$s udp sport 4500 @th,64,32 != 0 counter drop
        ip %1$s %2$s meta l4proto esp counter drop
    """
        .formatted(side, address);
  }

  private static String losing(String address, double percent) {
    return """
        ip daddr %1$s numgen random mod %2$d < %3$d counter drop
        ip saddr %1$s numgen random mod %2$d < %3$d counter drop
    """
        .formatted(address, LOSS_STEPS, Math.round(percent * LOSS_STEPS / 100));
  }
}
