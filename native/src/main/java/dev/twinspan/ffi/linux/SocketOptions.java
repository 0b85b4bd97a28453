package dev.twinspan.ffi.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;

/** Sets up one socket before it is used: what is required throws, what is not leaves a reason. */
final class SocketOptions {
  static final int SOL_SOCKET = 1;
  static final int SO_SNDBUF = 7;
  static final int SO_RCVBUF = 8;
  static final int SO_REUSEPORT = 15;
  static final int SO_BINDTODEVICE = 25;
  static final int SO_ATTACH_REUSEPORT_CBPF = 51;
  static final int SO_SNDBUFFORCE = 32;
  static final int SO_RCVBUFFORCE = 33;
  static final int SO_MARK = 36;

  static final int IP_FREEBIND = 15;
  static final int IPV6_FREEBIND = 78;
  static final int IP_RECVTOS = 13;
  static final int IP_MTU_DISCOVER = 10;
  static final int IP_PMTUDISC_DO = 2;
  static final int IPV6_MTU_DISCOVER = 23;
  static final int IPV6_PMTUDISC_DO = 2;
  static final int IPV6_V6ONLY = 26;
  static final int IPV6_RECVPKTINFO = 49;
  static final int IPV6_RECVTCLASS = 66;

  // include/uapi/linux/bpf_common.h
  private static final int BPF_LD_W_ABS = 0x20;
  private static final int BPF_ALU_MOD_K = 0x94;
  private static final int BPF_RET_A = 0x16;

  private final int fd;
  private final String what;

  /**
   * @param what the socket in words, for errors
   */
  SocketOptions(int fd, String what) {
    this.fd = fd;
    this.what = what;
  }

  /** Sets an option there is no working without. */
  void require(int level, int option, int value, String name) {
    int n = set(level, option, value);
    if (n < 0) {
      throw new KernelException("setsockopt(" + name + "=" + value + ") on " + what, -n);
    }
  }

  /** The outer header's TOS and local address with each datagram; DF on what is sent. */
  void packetInformation(int family) {
    if (family == Sockaddr.AF_INET) {
      require(Ancillary.SOL_IP, IP_RECVTOS, 1, "IP_RECVTOS");
      require(Ancillary.SOL_IP, Ancillary.IP_PKTINFO, 1, "IP_PKTINFO");
      require(Ancillary.SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, "IP_MTU_DISCOVER");
    } else {
      require(Ancillary.SOL_IPV6, IPV6_RECVTCLASS, 1, "IPV6_RECVTCLASS");
      require(Ancillary.SOL_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
      require(Ancillary.SOL_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO, "IPV6_MTU_DISCOVER");
    }
  }

  /** A wildcard of IPv6 leaves IPv4 to a socket of its own. */
  void only(int family) {
    if (family == Sockaddr.AF_INET6) {
      require(Ancillary.SOL_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
    }
  }

  /** A mark that cannot be set is an error: without it the tunnel's own packets could enter it. */
  void mark(int mark) {
    if (mark == 0) {
      return;
    }
    int n = set(SOL_SOCKET, SO_MARK, mark);
    if (n < 0) {
      throw new KernelException(
          "setsockopt(SO_MARK=" + mark + ") on " + what, -n, "it needs CAP_NET_ADMIN");
    }
  }

  /**
   * Only by this interface, whatever other routes say. Its address may still be missing: an uplink
   * that is down as the program starts must not keep the others from coming up.
   */
  void device(String name, int family) {
    if (name.isEmpty()) {
      return;
    }
    int n;
    try (Arena arena = Arena.ofConfined()) {
      n = SocketCalls.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, arena.allocateFrom(name));
    }
    if (n < 0) {
      throw new KernelException(
          "setsockopt(SO_BINDTODEVICE=" + name + ") on " + what,
          -n,
          "set uplink to an interface of this machine: `ip link` lists them");
    }
    if (family == Sockaddr.AF_INET) {
      require(Ancillary.SOL_IP, IP_FREEBIND, 1, "IP_FREEBIND");
    } else {
      require(Ancillary.SOL_IPV6, IPV6_FREEBIND, 1, "IPV6_FREEBIND");
    }
  }

  /** Sizes both buffers as far as the kernel lets it; says what came of it. */
  String buffers(int bytes) {
    if (bytes <= 0) {
      return "socket buffers as the kernel sizes them";
    }
    String receive =
        buffer(bytes, SO_RCVBUFFORCE, SO_RCVBUF, "receive buffer", "net.core.rmem_max");
    String send = buffer(bytes, SO_SNDBUFFORCE, SO_SNDBUF, "send buffer", "net.core.wmem_max");
    return receive + "; " + send;
  }

  private String buffer(int bytes, int forced, int unforced, String name, String limit) {
    if (set(SOL_SOCKET, forced, bytes) >= 0) {
      return name + " " + bytes;
    }
    set(SOL_SOCKET, unforced, bytes);
    // The kernel doubles what is asked, for its own book-keeping (socket(7)).
    int got = SocketCalls.getsockopt(fd, SOL_SOCKET, unforced) / 2;
    return got >= bytes
        ? name + " " + bytes
        : "%s %d of %d: %s is smaller, raise it or give CAP_NET_ADMIN"
            .formatted(name, got, bytes, limit);
  }

  /** UDP_SEGMENT is asked and not set: the size comes with each send. Empty: it is there. */
  String whyNoSegmentation() {
    int n = SocketCalls.getsockopt(fd, Ancillary.SOL_UDP, Ancillary.UDP_SEGMENT);
    return n >= 0 ? "" : "the kernel refused it: " + Errno.describe(-n);
  }

  /** Sets UDP_GRO. Empty: it is set. */
  String whyNoCoalescing() {
    int n = set(Ancillary.SOL_UDP, Ancillary.UDP_GRO, 1);
    return n >= 0 ? "" : "the kernel refused it: " + Errno.describe(-n);
  }

  /**
   * Which socket of a SO_REUSEPORT group, by the order they were bound in, a datagram goes to: its
   * first four bytes modulo {@code sockets}, the first when there are fewer.
   *
   * <pre>
   *   struct sock_fprog {u16 length; struct sock_filter {u16 code; u8 jt, jf; u32 k} *filter}
   *   0: ld [0]    1: mod #sockets    2: ret a
   * </pre>
   */
  void steerByFirstWord(int sockets) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment filter = arena.allocate(3 * 8, 8);
      instruction(filter, 0, BPF_LD_W_ABS, 0);
      instruction(filter, 1, BPF_ALU_MOD_K, sockets);
      instruction(filter, 2, BPF_RET_A, 0);
      MemorySegment program = arena.allocate(16, 8);
      program.set(ValueLayout.JAVA_SHORT, 0, (short) 3);
      program.set(ValueLayout.ADDRESS, 8, filter);
      int n = SocketCalls.setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, program);
      if (n < 0) {
        throw new KernelException("setsockopt(SO_ATTACH_REUSEPORT_CBPF) on " + what, -n);
      }
    }
  }

  private static void instruction(MemorySegment filter, int i, int code, int k) {
    filter.set(ValueLayout.JAVA_SHORT, 8L * i, (short) code);
    filter.set(ValueLayout.JAVA_INT, 8L * i + 4, k);
  }

  /** Binds and tells the address the socket has then. */
  InetSocketAddress bind(InetSocketAddress address) {
    try (Arena arena = Arena.ofConfined()) {
      int n = SocketCalls.bind(fd, Sockaddr.of(arena, address));
      if (n < 0) {
        throw new KernelException("bind(" + address + ")", -n, hint(-n));
      }
      MemorySegment bound = arena.allocate(Sockaddr.ROOM, 8);
      n = SocketCalls.getsockname(fd, bound);
      if (n < 0) {
        throw new KernelException("getsockname() on " + what, -n);
      }
      return Sockaddr.read(bound, 0);
    }
  }

  private static String hint(int errno) {
    return switch (errno) {
      case Errno.EADDRINUSE -> "another program holds this port (another IKE daemon?)";
      case Errno.EADDRNOTAVAIL -> "no interface of this machine has this address";
      case Errno.EACCES -> "ports below 1024 need CAP_NET_BIND_SERVICE";
      default -> "choose another local address";
    };
  }

  private int set(int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      return SocketCalls.setsockopt(
          fd, level, option, arena.allocateFrom(ValueLayout.JAVA_INT, value));
    }
  }
}
