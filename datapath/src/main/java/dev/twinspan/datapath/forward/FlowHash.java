package dev.twinspan.datapath.forward;

import dev.twinspan.datapath.packet.PacketView;

/**
 * Which bucket a flow is in: a keyed hash of the inner 5-tuple, so that nobody outside can choose
 * flows that all fall on one tunnel. Fragments are hashed by addresses alone, the first one too:
 * all of them take one way.
 *
 * <p>Two rounds of a folded 64 × 64 → 128 bit multiplication, as in wyhash. Stateless.
 */
public final class FlowHash {
  private final long key0;
  private final long key1;
  private final long key2;

  public FlowHash(long seed) {
    key0 = mix(seed, 0x9E37_79B9_7F4A_7C15L) | 1;
    key1 = mix(seed ^ 0xA076_1D64_78BD_642FL, 0xE703_7ED1_A0B4_28DBL) | 1;
    key2 = mix(seed ^ 0x8EBC_6AF0_9C88_C6E3L, 0x5899_65CC_7537_4CC3L) | 1;
  }

  /** 0 to {@link EcmpGroup#BUCKETS} - 1. */
  public int bucket(PacketView p) {
    return bucketOf(hash(p));
  }

  /** 0 to {@link EcmpGroup#BUCKETS} - 1. */
  public static int bucketOf(long hash) {
    return (int) (hash >>> 56);
  }

  /** The whole hash, of which {@link #bucketOf} is a part. */
  public long hash(PacketView p) {
    long ports = 0;
    if (!p.fragment()) {
      long port = p.sourcePort() == PacketView.NO_PORT || isIcmp(p) ? 0 : both(p);
      ports = port << 16 | p.protocol() + 1;
    }
    long source = mix(p.sourceHigh() ^ key0, p.sourceLow() ^ key1);
    long destination = mix(p.destinationHigh() ^ key1, p.destinationLow() ^ key2);
    return mix(mix(source ^ key2, destination ^ key0) ^ key1, ports ^ key2);
  }

  /** An echo and its reply, whatever their types, are one conversation. */
  private static boolean isIcmp(PacketView p) {
    return p.protocol() == PacketView.ICMP || p.protocol() == PacketView.ICMPV6;
  }

  private static long both(PacketView p) {
    return (long) p.sourcePort() << 16 | p.destinationPort();
  }

  private static long mix(long a, long b) {
    return a * b ^ Math.unsignedMultiplyHigh(a, b);
  }
}
