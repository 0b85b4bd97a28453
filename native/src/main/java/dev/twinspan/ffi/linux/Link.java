package dev.twinspan.ffi.linux;

import org.jspecify.annotations.Nullable;

/**
 * A network interface as rtnetlink(7) tells it.
 *
 * @param index of the kernel; never 0
 * @param kind {@code tun}, {@code veth}, {@code bridge} …; null for hardware and loopback
 * @param flags IFF_*, netdevice(7)
 * @param gsoMaxSegments segments the interface takes in one super-packet
 * @param gsoMaxSize bytes it takes in one
 */
public record Link(
    int index,
    String name,
    @Nullable String kind,
    int flags,
    int mtu,
    int gsoMaxSegments,
    int gsoMaxSize) {
  public static final int IFF_UP = 0x1;
  public static final int IFF_LOOPBACK = 0x8;
  public static final int IFF_LOWER_UP = 0x10000;

  /** Switched on by whoever administers it. */
  public boolean isUp() {
    return (flags & IFF_UP) != 0;
  }

  /** Has carrier. */
  public boolean hasCarrier() {
    return (flags & IFF_LOWER_UP) != 0;
  }

  public boolean isLoopback() {
    return (flags & IFF_LOOPBACK) != 0;
  }
}
