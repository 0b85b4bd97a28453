package dev.twinspan.agent.doctor;

import java.util.List;

/**
 * What became of the IPv4 packets that came to this kernel, of whatever device: since the last
 * boot, or between two looks. What netfilter drops has no counter of its own: it is what is
 * missing.
 *
 * @param fromTunnels packets that the tunnels' device brought, of IPv6 as well
 * @param vanished packets that were neither forwarded nor delivered nor dropped for a reason that
 *     is counted; a few are always under way
 */
public record Passage(long fromTunnels, long vanished) {
  public static final Passage NONE = new Passage(0, 0);

  private static final List<String> ACCOUNTED =
      List.of(
          "InHdrErrors",
          "InAddrErrors",
          "ForwDatagrams",
          "InUnknownProtos",
          "InDiscards",
          "InDelivers",
          "ReasmReqds");

  /** Those to nobody here are dropped without a counter of their own, and nothing is wrong. */
  private static final List<String> NOT_OURS =
      List.of("InNoRoutes", "InTruncatedPkts", "InMcastPkts", "InBcastPkts");

  static Passage of(KernelCounters counters, long fromTunnels) {
    long in = counters.of("Ip", "InReceives") - counters.of("TcpExt", "IPReversePathFilter");
    for (String name : ACCOUNTED) {
      in -= counters.of("Ip", name);
    }
    for (String name : NOT_OURS) {
      in -= counters.of("IpExt", name);
    }
    // Each reassembled packet is delivered or forwarded beside its fragments.
    in += counters.of("Ip", "ReasmOKs");
    return new Passage(fromTunnels, in + out(counters));
  }

  /**
   * In newer kernels (seen in 6.18) a packet counts as forwarded before the forward chain, and as
   * transmitted behind it; before, it counted as forwarded behind it, and there was no such other
   * count.
   */
  private static long out(KernelCounters counters) {
    if (!counters.has("Ip", "OutTransmits")) {
      return 0;
    }
    return counters.of("Ip", "ForwDatagrams")
        + counters.of("Ip", "OutRequests")
        - counters.of("Ip", "OutDiscards")
        - counters.of("Ip", "OutTransmits");
  }

  Passage since(Passage earlier) {
    return new Passage(fromTunnels - earlier.fromTunnels, vanished - earlier.vanished);
  }
}
