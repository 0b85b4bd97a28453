package dev.twinspan.datapath;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;

/**
 * Whose IKE datagrams go first. A flood from spoofed addresses fills the strangers' queue and no
 * other: what belongs to an IKE SA has a queue of its own, and so have the addresses of configured
 * peers. Immutable; looked up for each IKE datagram, without an allocation.
 */
public final class KnownIke {
  public static final KnownIke NOBODY = new KnownIke(new long[0], new long[0], new long[0]);

  private final long[] spis;
  private final long[] addressHigh;
  private final long[] addressLow;

  private KnownIke(long[] spis, long[] addressHigh, long[] addressLow) {
    this.spis = spis;
    this.addressHigh = addressHigh;
    this.addressLow = addressLow;
  }

  /**
   * @param spis ours, of every IKE SA there is
   * @param addresses of configured peers
   */
  public static KnownIke of(Collection<Long> spis, Collection<InetAddress> addresses) {
    long[] sorted = spis.stream().mapToLong(Long::longValue).sorted().toArray();
    long[] high = new long[addresses.size()];
    long[] low = new long[addresses.size()];
    int i = 0;
    for (InetAddress address : addresses) {
      high[i] = high(address);
      low[i] = low(address);
      i++;
    }
    return new KnownIke(sorted, high, low);
  }

  /** The upper half of an address as a receive tells it. */
  static long high(InetAddress address) {
    return address instanceof Inet6Address ? ByteBuffer.wrap(address.getAddress()).getLong(0) : 0;
  }

  /** The lower half; IPv4 as {@code ::ffff:a.b.c.d}. */
  static long low(InetAddress address) {
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    return address instanceof Inet6Address
        ? bytes.getLong(8)
        : 0xffffL << 32 | bytes.getInt(0) & 0xffff_ffffL;
  }

  public boolean spi(long ours) {
    return Arrays.binarySearch(spis, ours) >= 0;
  }

  /** Address as a receive tells it, IPv4 as {@code ::ffff:a.b.c.d}. */
  public boolean address(long high, long low) {
    for (int i = 0; i < addressLow.length; i++) {
      if (addressLow[i] == low && addressHigh[i] == high) {
        return true;
      }
    }
    return false;
  }
}
