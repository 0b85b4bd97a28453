package dev.twinspan.ffi.linux;

import java.lang.foreign.MemorySegment;

/**
 * One queue of a TUN device in layer-3 mode with a virtio_net_hdr before each packet (IFF_TUN,
 * IFF_NO_PI, IFF_VNET_HDR). Non-blocking. Reads and writes are for the owning worker; {@link
 * #close} for whoever opened it.
 *
 * <p>Reads and writes return a byte count or {@code -errno}; the hot path throws nothing and
 * allocates nothing.
 */
public final class Tun implements AutoCloseable {
  /**
   * struct virtio_net_hdr, native byte order: flags u8, gso_type u8, hdr_len u16, gso_size u16,
   * csum_start u16, csum_offset u16.
   */
  public static final int VNET_HEADER_LENGTH = 10;

  /**
   * How the device is opened.
   *
   * @param name interface name, at most 15 characters
   * @param queues IFF_MULTI_QUEUE when more than 1
   * @param mtu inner MTU
   * @param offloads TUN_F_CSUM, TSO4, TSO6, USO4, USO6 as far as the kernel takes them; none when
   *     false
   */
  public record Options(String name, int queues, int mtu, boolean offloads) {}

  /**
   * One device: its queues, and what was probed. {@code refused} says for each offload why it is
   * off.
   */
  public record Device(
      String name,
      int interfaceIndex,
      java.util.List<Tun> queues,
      boolean tso,
      boolean uso,
      java.util.List<String> refused) {}

  /** Creates or attaches to the device, sets MTU and gso_max_segs, brings it up. */
  public static Device open(Options options) {
    throw new UnsupportedOperationException(options.name());
  }

  public int fd() {
    throw new UnsupportedOperationException();
  }

  /** Reads one packet with its header: read(2). {@code -EAGAIN} when there is none. */
  public int read(MemorySegment buffer, long offset, int length) {
    throw new UnsupportedOperationException();
  }

  /**
   * Writes one packet gathered from {@code count} iovecs, of which the first begins with the
   * virtio_net_hdr: writev(2).
   *
   * @param iovecs array of struct iovec (address u64, length u64)
   */
  public int write(MemorySegment iovecs, int count) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
