package dev.twinspan.datapath.esp;

import dev.twinspan.datapath.Selector;
import java.math.BigInteger;
import java.net.Inet6Address;
import java.util.List;

/**
 * The selectors of one side, laid out for the check of each packet: RFC 4301 section 5.2 step 4
 * inbound, section 5.1 step 2 outbound. Immutable; matching allocates nothing.
 *
 * <p>An IPv4 address is the low 32 bits of {@code low}; comparisons are unsigned.
 */
public final class SelectorTable {
  /** Port of a packet that has none, or whose ports are not to be seen (a later fragment). */
  public static final int NO_PORT = -1;

  private static final int LAST_PORT = 65535;

  private final int length;
  private final boolean[] v6;
  private final int[] protocol;
  private final int[] startPort;
  private final int[] endPort;
  private final long[] firstHigh;
  private final long[] firstLow;
  private final long[] lastHigh;
  private final long[] lastLow;
  private final boolean anyV4;
  private final boolean anyV6;

  public SelectorTable(List<Selector> selectors) {
    length = selectors.size();
    v6 = new boolean[length];
    protocol = new int[length];
    startPort = new int[length];
    endPort = new int[length];
    firstHigh = new long[length];
    firstLow = new long[length];
    lastHigh = new long[length];
    lastLow = new long[length];
    boolean all4 = false;
    boolean all6 = false;
    for (int i = 0; i < length; i++) {
      Selector s = selectors.get(i);
      v6[i] = s.first() instanceof Inet6Address;
      if (v6[i] != s.last() instanceof Inet6Address) {
        throw new IllegalArgumentException("selector mixes address families: " + s);
      }
      protocol[i] = s.protocol();
      startPort[i] = s.startPort();
      endPort[i] = s.endPort();
      BigInteger first = new BigInteger(1, s.first().getAddress());
      BigInteger last = new BigInteger(1, s.last().getAddress());
      firstHigh[i] = first.shiftRight(64).longValue();
      firstLow[i] = first.longValue();
      lastHigh[i] = last.shiftRight(64).longValue();
      lastLow[i] = last.longValue();
      boolean all =
          s.protocol() == 0
              && anyPort(i)
              && first.signum() == 0
              && last.bitCount() == (v6[i] ? 128 : 32);
      all4 |= all && !v6[i];
      all6 |= all && v6[i];
    }
    anyV4 = all4;
    anyV6 = all6;
  }

  /** Whether everything of that family passes, so that ports need not be looked for. */
  public boolean any(boolean ipv6) {
    return ipv6 ? anyV6 : anyV4;
  }

  /**
   * @param port the port of this side, or type × 256 + code for ICMP, or {@link #NO_PORT}, which
   *     only a selector of all ports takes
   */
  public boolean matches(boolean ipv6, long high, long low, int proto, int port) {
    if (any(ipv6)) {
      return true;
    }
    for (int i = 0; i < length; i++) {
      if (v6[i] == ipv6
          && (protocol[i] == 0 || protocol[i] == proto)
          && (anyPort(i) || (port >= startPort[i] && port <= endPort[i]))
          && atMost(firstHigh[i], firstLow[i], high, low)
          && atMost(high, low, lastHigh[i], lastLow[i])) {
        return true;
      }
    }
    return false;
  }

  private boolean anyPort(int i) {
    return startPort[i] == 0 && endPort[i] == LAST_PORT;
  }

  private static boolean atMost(long aHigh, long aLow, long bHigh, long bLow) {
    int high = Long.compareUnsigned(aHigh, bHigh);
    return high < 0 || (high == 0 && Long.compareUnsigned(aLow, bLow) <= 0);
  }
}
