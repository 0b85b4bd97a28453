package dev.twinspan.ffi.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Internet socket addresses in the kernel's form.
 *
 * <pre>
 *   sockaddr_in,  16 bytes:  0 u16 family   2 be16 port   4 address
 *   sockaddr_in6, 28 bytes:  0 u16 family   2 be16 port   4 be32 flowinfo   8 address   24 u32 scope
 * </pre>
 *
 * As a value of two longs, an address is the 128 bits of its IPv6 form, IPv4 as {@code
 * ::ffff:a.b.c.d}.
 */
final class Sockaddr {
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int AF_NETLINK = 16;

  /** Of sockaddr_un, with a NUL at its end; unix(7). */
  static final int UNIX_PATH_ROOM = 108;

  /** Room for either family, rounded up. */
  static final int ROOM = 32;

  static final int INET_LENGTH = 16;
  static final int INET6_LENGTH = 28;

  private static final int PORT = 2;
  private static final int INET_ADDRESS = 4;
  private static final int INET6_FLOW_INFO = 4;
  private static final int INET6_ADDRESS = 8;
  private static final int INET6_SCOPE = 24;

  /** High word of the low half of an IPv4-mapped address. */
  private static final long IPV4_MAPPED = 0xffff_0000_0000L;

  private Sockaddr() {}

  static int family(InetAddress address) {
    return address instanceof Inet4Address ? AF_INET : AF_INET6;
  }

  /** A new segment of exactly the address's length. */
  static MemorySegment of(Arena arena, InetSocketAddress address) {
    MemorySegment room = arena.allocate(ROOM, 8);
    return room.asSlice(0, write(room, 0, address));
  }

  /**
   * @return the length written
   * @throws IllegalArgumentException when the host name of {@code address} was never resolved
   */
  static int write(MemorySegment segment, long at, InetSocketAddress address) {
    InetAddress host = address.getAddress();
    if (host == null) {
      throw new IllegalArgumentException(address + " is a name, expected an address");
    }
    segment.set(Abi.NET_U16, at + PORT, (short) address.getPort());
    if (host instanceof Inet6Address inet6) {
      segment.set(Abi.U16, at, (short) AF_INET6);
      segment.set(Abi.U32, at + INET6_FLOW_INFO, 0);
      MemorySegment.copy(
          host.getAddress(), 0, segment, ValueLayout.JAVA_BYTE, at + INET6_ADDRESS, 16);
      segment.set(Abi.U32, at + INET6_SCOPE, inet6.getScopeId());
      return INET6_LENGTH;
    }
    segment.set(Abi.U16, at, (short) AF_INET);
    MemorySegment.copy(host.getAddress(), 0, segment, ValueLayout.JAVA_BYTE, at + INET_ADDRESS, 4);
    segment.set(Abi.U64, at + 8, 0L);
    return INET_LENGTH;
  }

  /**
   * @throws IllegalStateException when the segment holds no internet address
   */
  static InetSocketAddress read(MemorySegment segment, long at) {
    return new InetSocketAddress(
        toAddress(high(segment, at), low(segment, at), scope(segment, at)), port(segment, at));
  }

  static int port(MemorySegment segment, long at) {
    return Short.toUnsignedInt(segment.get(Abi.NET_U16, at + PORT));
  }

  static long high(MemorySegment segment, long at) {
    return isInet6(segment, at) ? segment.get(Abi.NET_U64, at + INET6_ADDRESS) : 0;
  }

  static long low(MemorySegment segment, long at) {
    return isInet6(segment, at)
        ? segment.get(Abi.NET_U64, at + INET6_ADDRESS + 8)
        : mapped(segment.get(Abi.NET_U32, at + INET_ADDRESS));
  }

  private static int scope(MemorySegment segment, long at) {
    return isInet6(segment, at) ? segment.get(Abi.U32, at + INET6_SCOPE) : 0;
  }

  private static boolean isInet6(MemorySegment segment, long at) {
    return segment.get(Abi.U16, at) == AF_INET6;
  }

  /** The low half of {@code ::ffff:a.b.c.d}. */
  static long mapped(int ipv4) {
    return IPV4_MAPPED | Integer.toUnsignedLong(ipv4);
  }

  /** The scope is kept where it means something: on link-local addresses. */
  static InetAddress toAddress(long high, long low, int scope) {
    byte[] bytes = new byte[16];
    MemorySegment words = MemorySegment.ofArray(bytes);
    words.set(Abi.NET_U64, 0, high);
    words.set(Abi.NET_U64, 8, low);
    try {
      // getByAddress turns an IPv4-mapped address into an Inet4Address.
      InetAddress plain = InetAddress.getByAddress(bytes);
      return scope != 0 && plain instanceof Inet6Address && plain.isLinkLocalAddress()
          ? Inet6Address.getByAddress(null, bytes, scope)
          : plain;
    } catch (UnknownHostException e) {
      throw new IllegalStateException("16 bytes are always an address", e);
    }
  }

  static long high(InetAddress address) {
    return address instanceof Inet6Address
        ? MemorySegment.ofArray(address.getAddress()).get(Abi.NET_U64, 0)
        : 0;
  }

  static long low(InetAddress address) {
    MemorySegment bytes = MemorySegment.ofArray(address.getAddress());
    return address instanceof Inet6Address
        ? bytes.get(Abi.NET_U64, 8)
        : mapped(bytes.get(Abi.NET_U32, 0));
  }

  static int scope(InetAddress address) {
    return address instanceof Inet6Address inet6 ? inet6.getScopeId() : 0;
  }
}
