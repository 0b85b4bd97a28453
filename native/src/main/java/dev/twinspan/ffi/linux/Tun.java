package dev.twinspan.ffi.linux;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

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

  /** IFNAMSIZ less its NUL. */
  static final int NAME_LENGTH = 15;

  /**
   * How the device is opened.
   *
   * @param name interface name, at most 15 characters
   * @param queues IFF_MULTI_QUEUE when more than 1
   * @param mtu inner MTU
   * @param offloads as far as the kernel takes them
   * @param persistent the device outlives the process (TUNSETPERSIST), with its addresses and
   *     routes; otherwise it goes with its last queue, also after SIGKILL
   */
  public record Options(String name, int queues, int mtu, Offloads offloads, boolean persistent) {
    /**
     * @throws IllegalArgumentException when a value cannot be
     */
    public Options {
      if (name.isEmpty() || name.length() > NAME_LENGTH || !name.matches("[\\w.%-]+")) {
        throw new IllegalArgumentException(
            "tunnel device name \"%s\", expected 1 to %d of letters, digits, '-', '_', '.'"
                .formatted(name, NAME_LENGTH));
      }
      if (queues < 1 || queues > 256) {
        throw new IllegalArgumentException("queues " + queues + ", expected 1 to 256");
      }
      if (mtu < 68 || mtu > 65535) {
        throw new IllegalArgumentException("tunnel device mtu " + mtu + ", expected 68 to 65535");
      }
    }

    /** All offloads or none. */
    public Options(String name, int queues, int mtu, boolean offloads, boolean persistent) {
      this(name, queues, mtu, offloads ? Offloads.ALL : Offloads.NONE, persistent);
    }

    public Options(String name, int queues, int mtu, boolean offloads) {
      this(name, queues, mtu, offloads, false);
    }
  }

  /**
   * What the kernel may leave to the reader of a queue.
   *
   * @param checksum TUN_F_CSUM: packets with an incomplete checksum; without it none of the others
   * @param tso TUN_F_TSO4, TUN_F_TSO6: TCP super-packets
   * @param uso TUN_F_USO4, TUN_F_USO6: UDP super-packets, since Linux 6.2
   */
  public record Offloads(boolean checksum, boolean tso, boolean uso) {
    public static final Offloads ALL = new Offloads(true, true, true);
    public static final Offloads NONE = new Offloads(false, false, false);
  }

  /**
   * One device: its queues, and what was probed.
   *
   * @param udpWrites whether the kernel takes UDP super-packets that are written, whether or not it
   *     hands any out
   * @param refused for each offload that is off, and each step that was refused: its name, a colon,
   *     and why
   */
  public record Device(
      String name,
      int interfaceIndex,
      List<Tun> queues,
      Offloads offloads,
      boolean udpWrites,
      List<String> refused)
      implements AutoCloseable {
    public boolean tso() {
      return offloads.tso();
    }

    public boolean uso() {
      return offloads.uso();
    }

    /** Why that offload is off; empty when it is not. */
    public String whyOff(String offload) {
      return refused.stream()
          .filter(reason -> reason.startsWith(offload + ": "))
          .map(reason -> reason.substring(offload.length() + 2))
          .collect(Collectors.joining("; "));
    }

    /** Closes the queues, and with them the device unless it is persistent. */
    @Override
    public void close() {
      queues.forEach(Tun::close);
    }
  }

  private final int fd;
  private boolean closed;

  private Tun(int fd) {
    this.fd = fd;
  }

  /**
   * Creates or attaches to the device, sets its MTU, brings it up. It is of the calling thread's
   * network namespace.
   *
   * @throws KernelException naming the step that failed and, where it is known, the way out
   */
  public static Device open(Options options) {
    List<Tun> queues = new ArrayList<>();
    try {
      TunSetup setup = new TunSetup(options.queues() > 1);
      String name = options.name();
      for (int i = 0; i < options.queues(); i++) {
        Tun queue = new Tun(TunSetup.openCloneDevice());
        queues.add(queue);
        name = setup.attach(queue.fd, name);
      }
      List<String> refused = new ArrayList<>();
      int first = queues.getFirst().fd;
      boolean udpWrites = TunSetup.takesUdpSuperPackets(first);
      Offloads offloads = setup.offloads(first, options.offloads(), refused);
      for (Tun queue : queues) {
        setup.configureQueue(queue.fd, offloads);
      }
      setup.persist(queues.getFirst().fd, options.persistent());
      int index = setup.bringUp(name, options.mtu(), refused);
      return new Device(
          name, index, List.copyOf(queues), offloads, udpWrites, List.copyOf(refused));
    } catch (RuntimeException e) {
      queues.forEach(Tun::close);
      throw e;
    }
  }

  /** Why this process could not open a device, and the way out; empty when it may try. */
  public static Optional<String> obstacle() {
    return Privileges.tunObstacle();
  }

  public int fd() {
    return fd;
  }

  /**
   * Reads one packet with its header: read(2). {@code -EAGAIN} when there is none. A super-packet
   * has up to 64 KB and as many segments as its gso_size makes of them: possibly more than one
   * UDP_SEGMENT send takes.
   */
  public int read(MemorySegment buffer, long offset, int length) {
    int n = HotCalls.read(fd, Abi.address(buffer, offset, length), length);
    Reference.reachabilityFence(buffer);
    return n;
  }

  /**
   * Writes one packet gathered from {@code count} iovecs, of which the first begins with the
   * virtio_net_hdr: writev(2).
   *
   * @param iovecs array of struct iovec (address u64, length u64); what they point at must stay
   *     allocated until the call returns
   */
  public int write(MemorySegment iovecs, int count) {
    long address = Abi.address(iovecs, 0, (long) count * Abi.IOVEC_SIZE);
    int n = HotCalls.writev(fd, address, count);
    Reference.reachabilityFence(iovecs);
    return n;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      FileCalls.close(fd);
    }
  }
}
