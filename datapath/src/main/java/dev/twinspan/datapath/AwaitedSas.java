package dev.twinspan.datapath;

import java.net.InetAddress;
import java.util.Map;

/**
 * The CHILD SAs of which only the peer may have the keys yet: we have proposed the SPI, and its
 * answer is on the way. A peer in a hurry sends on them at once (RFC 7296 section 2.8 lets it), so
 * that its packets overtake the keys. Immutable; looked at for ESP of an unknown SPI alone.
 */
public final class AwaitedSas {
  public static final AwaitedSas NONE = new AwaitedSas(Map.of());

  private final int[] spis;
  private final long[] addressHigh;
  private final long[] addressLow;

  private AwaitedSas(Map<Integer, InetAddress> peers) {
    int n = peers.size();
    spis = new int[n];
    addressHigh = new long[n];
    addressLow = new long[n];
    int i = 0;
    for (Map.Entry<Integer, InetAddress> peer : peers.entrySet()) {
      spis[i] = peer.getKey();
      addressHigh[i] = KnownIke.high(peer.getValue());
      addressLow[i] = KnownIke.low(peer.getValue());
      i++;
    }
  }

  /**
   * @param peers by the SPI that we have proposed: the peer's address as we know it
   */
  public static AwaitedSas of(Map<Integer, InetAddress> peers) {
    return peers.isEmpty() ? NONE : new AwaitedSas(peers);
  }

  /** Whether that address may send on that SPI; IPv4 as {@code ::ffff:a.b.c.d}. */
  public boolean contains(int spi, long high, long low) {
    for (int i = 0; i < spis.length; i++) {
      if (spis[i] == spi && addressLow[i] == low && addressHigh[i] == high) {
        return true;
      }
    }
    return false;
  }
}
