package dev.twinspan.datapath.offload;

import java.lang.foreign.MemorySegment;

/**
 * The side of the LAN: packets, each behind a virtio_net_hdr. Calls return a byte count or {@code
 * -errno}. In production a TUN queue; in tests also a wire in memory.
 */
public interface Lan {
  int read(MemorySegment buffer, long offset, int length);

  /**
   * @param iovecs {@code count} × struct iovec; the first begins with the virtio_net_hdr
   */
  int write(MemorySegment iovecs, int count);

  /** Whether TCP super-packets may be written. */
  boolean tso();

  /** Whether UDP super-packets may be written. */
  boolean uso();
}
