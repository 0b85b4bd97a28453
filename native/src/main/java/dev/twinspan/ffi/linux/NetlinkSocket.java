package dev.twinspan.ffi.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A NETLINK_ROUTE socket of the opening thread's network namespace. One thread at a time. */
final class NetlinkSocket implements AutoCloseable {
  private static final int NETLINK_ROUTE = 0;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int NETLINK_GET_STRICT_CHK = 12;

  /** struct sockaddr_nl: family u16, pad u16, port u32, groups u32. */
  private static final int SOCKADDR_NL = 12;

  /** Twice what the kernel puts into one datagram of a dump. */
  private static final int BUFFER = 65536;

  private static final int MONITOR_QUEUE = 1 << 20;

  private final int fd;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER, 8);
  private final MemorySegment sender = Arena.ofAuto().allocate(SOCKADDR_NL, 8);
  private boolean closed;

  /**
   * @param groups multicast groups to join, one bit each; 0 for none
   */
  NetlinkSocket(int groups) {
    fd = SocketCalls.socket(Sockaddr.AF_NETLINK, SocketCalls.SOCK_RAW, NETLINK_ROUTE, "netlink");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_INT, 1);
      // Each makes answers better and none is needed: a sentence with each error, the offending
      // request not repeated, dumps filtered by the kernel.
      SocketCalls.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, one);
      SocketCalls.setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, one);
      SocketCalls.setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, one);
      MemorySegment address = arena.allocate(SOCKADDR_NL, 8);
      address.set(Abi.U16, 0, (short) Sockaddr.AF_NETLINK);
      address.set(Abi.U32, 8, groups);
      int n = SocketCalls.bind(fd, address);
      if (n < 0) {
        throw new KernelException(
            "bind(netlink, groups=0x" + Integer.toHexString(groups) + ")", -n);
      }
      if (groups != 0) {
        new SocketOptions(fd, "netlink").buffers(MONITOR_QUEUE);
      }
    } catch (RuntimeException e) {
      FileCalls.close(fd);
      throw e;
    }
  }

  int fd() {
    return fd;
  }

  /**
   * @param words what the request does, for the exception
   */
  void send(byte[] request, String words) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment kernel = arena.allocate(SOCKADDR_NL, 8);
      kernel.set(Abi.U16, 0, (short) Sockaddr.AF_NETLINK);
      int n = SocketCalls.sendto(fd, arena.allocateFrom(ValueLayout.JAVA_BYTE, request), kernel);
      if (n < 0) {
        throw new KernelException("netlink: " + words, -n);
      }
    }
  }

  /** A readable datagram has come within that many milliseconds. */
  boolean await(int milliseconds) {
    return FileCalls.awaitReadable(fd, milliseconds);
  }

  /** What {@link #receive} found. */
  sealed interface Received {
    /**
     * @param datagram a copy; empty when another process sent it, which nobody but the kernel may
     */
    record Datagram(ByteBuffer datagram) implements Received {}

    record Failed(int errno) implements Received {}
  }

  /** Takes one datagram without waiting. */
  Received receive() {
    int n = SocketCalls.recvfrom(fd, buffer, sender, SocketCalls.MSG_DONTWAIT);
    if (n < 0) {
      return new Received.Failed(-n);
    }
    if (n > BUFFER) {
      throw new MalformedNetlinkException(
          "datagram of %d bytes, expected at most %d".formatted(n, BUFFER));
    }
    byte[] bytes = sender.get(Abi.U32, 4) == 0 ? new byte[n] : new byte[0];
    MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
    return new Received.Datagram(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()));
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      FileCalls.close(fd);
    }
  }
}
