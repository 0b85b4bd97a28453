package dev.twinspan.ffi.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The ioctls and link settings a TUN device needs before its first packet. */
final class TunSetup {
  static final long TUNSETIFF = 0x400454caL;
  static final long TUNSETPERSIST = 0x400454cbL;
  static final long TUNSETOFFLOAD = 0x400454d0L;
  static final long TUNSETVNETHDRSZ = 0x400454d8L;

  static final int IFF_TUN = 0x1;
  static final int IFF_MULTI_QUEUE = 0x100;
  static final int IFF_NO_PI = 0x1000;
  static final int IFF_VNET_HDR = 0x4000;

  static final int TUN_F_CSUM = 0x01;
  static final int TUN_F_TSO4 = 0x02;
  static final int TUN_F_TSO6 = 0x04;
  static final int TUN_F_USO4 = 0x20;
  static final int TUN_F_USO6 = 0x40;

  /** struct ifreq: name, 16 bytes with its NUL; a union of which the flags are the first u16. */
  static final int IFREQ_SIZE = 40;

  static final int IFREQ_FLAGS = 16;

  private static final String OFF = "switched off by configuration";

  private static final int TSO = TUN_F_TSO4 | TUN_F_TSO6;
  private static final int USO = TUN_F_USO4 | TUN_F_USO6;

  private final boolean multiQueue;

  TunSetup(boolean multiQueue) {
    this.multiQueue = multiQueue;
  }

  static int openCloneDevice() {
    int fd =
        FileCalls.open(
            Privileges.TUN_DEVICE, FileCalls.O_RDWR | FileCalls.O_NONBLOCK | FileCalls.O_CLOEXEC);
    if (fd >= 0) {
      return fd;
    }
    String call = "open(" + Privileges.TUN_DEVICE + ")";
    throw Privileges.tunObstacle()
        .map(obstacle -> new KernelException(call, -fd, obstacle))
        .orElseGet(() -> new KernelException(call, -fd));
  }

  /**
   * TUNSETIFF: makes the device or joins it.
   *
   * @return its name, in which the kernel has put a number for {@code %d}
   */
  String attach(int fd, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(IFREQ_SIZE, 8);
      request.setString(0, name);
      int flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | (multiQueue ? IFF_MULTI_QUEUE : 0);
      request.set(Abi.U16, IFREQ_FLAGS, (short) flags);
      int n = FileCalls.ioctl(fd, TUNSETIFF, request);
      if (n < 0) {
        throw new KernelException("ioctl(TUNSETIFF, name=" + name + ")", -n, attachHint(-n));
      }
      return request.getString(0);
    }
  }

  private static String attachHint(int errno) {
    return switch (errno) {
      case Errno.EPERM ->
          Privileges.tunObstacle().orElse("the device belongs to another user or namespace");
      case Errno.EBUSY -> "another process holds this device; choose another tunnel-device name";
      case Errno.EINVAL ->
          "an interface of this name exists and is no TUN device of this kind;"
              + " choose another tunnel-device name";
      default -> "choose another tunnel-device name";
    };
  }

  /** Whether this kernel knows UDP super-packets: USO came with 6.2. */
  static boolean takesUdpSuperPackets(int fd) {
    return FileCalls.ioctl(fd, TUNSETOFFLOAD, (long) (TUN_F_CSUM | USO)) >= 0;
  }

  /** Tries the largest set first; what an older kernel refuses is left out. */
  Tun.Offloads offloads(int fd, Tun.Offloads wanted, List<String> refused) {
    Tun.Offloads left = wanted;
    if (!wanted.checksum()) {
      refused.add("checksum: " + OFF);
      left = Tun.Offloads.NONE;
    }
    String off = wanted.checksum() ? OFF : "it needs checksum, which is " + OFF;
    if (!left.tso()) {
      refused.add("TSO: " + (wanted.tso() ? off : OFF));
    }
    if (!left.uso()) {
      refused.add("USO: " + (wanted.uso() ? off : OFF));
    }
    int n = FileCalls.ioctl(fd, TUNSETOFFLOAD, (long) flags(left));
    if (n < 0 && left.uso()) {
      refused.add("USO: TUNSETOFFLOAD says " + Errno.describe(-n));
      left = new Tun.Offloads(true, left.tso(), false);
      n = FileCalls.ioctl(fd, TUNSETOFFLOAD, (long) flags(left));
    }
    if (n < 0 && left.tso()) {
      refused.add("TSO: TUNSETOFFLOAD says " + Errno.describe(-n));
      left = new Tun.Offloads(true, false, false);
      n = FileCalls.ioctl(fd, TUNSETOFFLOAD, (long) flags(left));
    }
    if (n < 0 && left.checksum()) {
      refused.add("checksum: TUNSETOFFLOAD says " + Errno.describe(-n));
      left = Tun.Offloads.NONE;
    }
    return left;
  }

  private static int flags(Tun.Offloads offloads) {
    return (offloads.checksum() ? TUN_F_CSUM : 0)
        | (offloads.tso() ? TSO : 0)
        | (offloads.uso() ? USO : 0);
  }

  void configureQueue(int fd, Tun.Offloads offloads) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocate(4, 4);
      length.set(Abi.U32, 0, Tun.VNET_HEADER_LENGTH);
      check("TUNSETVNETHDRSZ", FileCalls.ioctl(fd, TUNSETVNETHDRSZ, length));
    }
    check("TUNSETOFFLOAD", FileCalls.ioctl(fd, TUNSETOFFLOAD, (long) flags(offloads)));
  }

  void persist(int fd, boolean persistent) {
    check("TUNSETPERSIST", FileCalls.ioctl(fd, TUNSETPERSIST, persistent ? 1L : 0L));
  }

  private static void check(String request, int result) {
    if (result < 0) {
      throw new KernelException("ioctl(" + request + ")", -result);
    }
  }

  /**
   * MTU, no IPv6 address of its own, up.
   *
   * <p>gso_max_segs and gso_max_size stay as the kernel has them: a super-packet beyond them that
   * the kernel forwards is not cut to fit but into single packets (gso_features_check in
   * net/core/dev.c), and those of 64 KB from a LAN at the usual MSS have 48 segments. Forwarding
   * one took 8 µs of CPU without a limit and 57 µs with one of 44.
   *
   * @return the interface's index
   */
  int bringUp(String name, int mtu, List<String> refused) {
    try (RouteNetlink netlink = RouteNetlink.open()) {
      Link link =
          netlink
              .link(name)
              .orElseThrow(() -> new KernelException("netlink: find link " + name, Errno.ENODEV));
      // A device made beforehand for an unprivileged user is left as its maker set it.
      if (link.mtu() != mtu) {
        netlink.setMtu(link.index(), mtu);
      }
      optional(
          refused, "addrgenmode none", () -> netlink.disableIpv6AddressGeneration(link.index()));
      if (!link.isUp()) {
        netlink.setLinkUp(link.index());
      }
      return link.index();
    }
  }

  private static void optional(List<String> refused, String what, Runnable step) {
    try {
      step.run();
    } catch (KernelException e) {
      refused.add(what + ": " + e.getMessage());
    }
  }
}
