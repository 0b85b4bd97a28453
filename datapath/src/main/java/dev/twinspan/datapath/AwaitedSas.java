package dev.twinspan.datapath;

import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntConsumer;

/**
 * The CHILD SAs of which only the peer may have the keys yet: we have proposed the SPI, and its
 * answer is on the way. A peer in a hurry sends on them at once (RFC 7296 section 2.8 lets it), so
 * that its packets overtake the keys, or come although the answer is lost. Looked at for ESP of an
 * unknown SPI alone.
 *
 * <p>Which SAs it is about never changes. That ESP came for one is told by the worker of WAN → LAN
 * to the control thread, one flag each, however many packets come.
 */
public final class AwaitedSas {
  public static final AwaitedSas NONE = new AwaitedSas(Map.of(), () -> {});

  /** Between two words to the control thread about one SA, nanoseconds: packets may be many. */
  static final long TOLD_AGAIN = 10_000_000;

  private final int[] spis;
  private final long[] addressHigh;
  private final long[] addressLow;
  private final AtomicIntegerArray came;
  private final Runnable ready;

  /** Worker only: whether, and when, the control thread was told last. */
  private final boolean[] told;

  private final long[] toldAt;

  private AwaitedSas(Map<Integer, InetAddress> peers, Runnable ready) {
    int n = peers.size();
    this.ready = ready;
    came = new AtomicIntegerArray(n);
    told = new boolean[n];
    toldAt = new long[n];
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
   * @param ready called by the worker when {@link #takeCame} has something; must not block: wake
   *     the control loop there
   */
  public static AwaitedSas of(Map<Integer, InetAddress> peers, Runnable ready) {
    return peers.isEmpty() ? NONE : new AwaitedSas(peers, ready);
  }

  /**
   * Whether that address may send on that SPI; if so, the control thread is told that it does.
   * Worker only.
   *
   * @param high of the address, IPv4 as {@code ::ffff:a.b.c.d}
   * @param now nanoseconds
   */
  public boolean cameFrom(int spi, long high, long low, long now) {
    for (int i = 0; i < spis.length; i++) {
      if (spis[i] == spi && addressLow[i] == low && addressHigh[i] == high) {
        if (!told[i] || now - toldAt[i] >= TOLD_AGAIN) {
          tell(i, now);
        }
        return true;
      }
    }
    return false;
  }

  private void tell(int i, long now) {
    told[i] = true;
    toldAt[i] = now;
    if (came.compareAndSet(i, 0, 1)) {
      ready.run();
    }
  }

  /** The SPIs for which ESP came since this was asked last. Control thread. */
  public void takeCame(IntConsumer spi) {
    for (int i = 0; i < spis.length; i++) {
      if (came.compareAndSet(i, 1, 0)) {
        spi.accept(spis[i]);
      }
    }
  }
}
