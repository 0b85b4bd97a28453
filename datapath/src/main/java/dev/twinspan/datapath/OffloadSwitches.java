package dev.twinspan.datapath;

import dev.twinspan.ffi.linux.Tun;

/**
 * Which offloads may be used, each by itself: some NICs and some tunnels inside the tunnel are the
 * better for one less. What may be used and the kernel refuses is off all the same; {@link Offload}
 * tells.
 *
 * @param checksum the TUN hands out packets with an incomplete checksum, to be completed while they
 *     are encrypted; without it there is neither tso nor uso
 * @param tso the TUN hands out TCP super-packets
 * @param uso the TUN hands out UDP super-packets
 * @param coalescing packets of one flow are written to the TUN as one super-packet
 * @param udpSegment UDP_SEGMENT: one send for many ESP packets
 * @param udpGro UDP_GRO: one receive for many ESP packets
 */
public record OffloadSwitches(
    boolean checksum,
    boolean tso,
    boolean uso,
    boolean coalescing,
    boolean udpSegment,
    boolean udpGro) {
  public static final OffloadSwitches ALL = new OffloadSwitches(true, true, true, true, true, true);
  public static final OffloadSwitches NONE =
      new OffloadSwitches(false, false, false, false, false, false);

  public static OffloadSwitches all(boolean on) {
    return on ? ALL : NONE;
  }

  Tun.Offloads tun() {
    return new Tun.Offloads(checksum, tso, uso);
  }
}
