package dev.twinspan.ffi.linux;

import dev.twinspan.ffi.linux.UdpSocket.Message;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;

/**
 * A non-blocking raw socket of one IP protocol, ESP (50) for tunnels without NAT between. Bytes
 * start behind the outer IP header in both directions: the kernel makes it on send, and it is
 * stripped on receive. DF, TOS, addresses and {@link Message} are as on {@link UdpSocket}; ports
 * are 0.
 *
 * <p>The kernel neither segments nor coalesces here. Receive is for the owning worker; {@link
 * #send} may be called by one more thread with its own Message. Calls return a byte count or {@code
 * -errno}; the hot path throws nothing and allocates nothing.
 */
public final class RawSocket implements AutoCloseable {
  /** IANA protocol number of ESP, RFC 4303. */
  public static final int ESP = 50;

  private static final int IPV4_HEADER = 20;

  /**
   * @param local address to bind, its port ignored; the wildcard takes every address of that family
   * @param protocol IP protocol number
   * @param mark SO_MARK for policy routing, or 0
   * @param bufferBytes SO_RCVBUFFORCE / SO_SNDBUFFORCE (falls back to the unforced options), or 0
   * @param device SO_BINDTODEVICE: the interface that packets leave and arrive by; empty: any
   */
  public record Options(
      InetSocketAddress local, int protocol, int mark, int bufferBytes, String device) {
    public Options(InetSocketAddress local, int protocol, int mark, int bufferBytes) {
      this(local, protocol, mark, bufferBytes, "");
    }

    public Options withDevice(String name) {
      return new Options(local, protocol, mark, bufferBytes, name);
    }
  }

  private final int fd;
  private final boolean inet6;
  private final String bufferReason;
  private boolean closed;

  private RawSocket(int fd, boolean inet6, String bufferReason) {
    this.fd = fd;
    this.inet6 = inet6;
    this.bufferReason = bufferReason;
  }

  /**
   * @throws KernelException naming the address when the socket cannot be had: it needs CAP_NET_RAW
   */
  public static RawSocket open(Options options) {
    InetSocketAddress local = new InetSocketAddress(options.local().getAddress(), 0);
    int family = Sockaddr.family(local.getAddress());
    int type = SocketCalls.SOCK_RAW | SocketCalls.SOCK_NONBLOCK;
    String what = "raw IP protocol " + options.protocol() + " on " + local.getAddress();
    int fd = SocketCalls.socket(family, type, options.protocol(), what);
    try {
      SocketOptions socket = new SocketOptions(fd, what);
      socket.packetInformation(family);
      socket.mark(options.mark());
      socket.device(options.device(), family);
      String buffers = socket.buffers(options.bufferBytes());
      socket.bind(local);
      return new RawSocket(fd, family == Sockaddr.AF_INET6, buffers);
    } catch (RuntimeException e) {
      FileCalls.close(fd);
      throw e;
    }
  }

  public int fd() {
    return fd;
  }

  /** In words, for status: the socket buffers asked for, and what the kernel gave. */
  public String bufferReason() {
    return bufferReason;
  }

  /**
   * recvmsg(2). {@code -EAGAIN} when there is nothing.
   *
   * @return bytes behind the outer header
   */
  public int receive(MemorySegment buffer, long offset, int length, Message message) {
    int header = inet6 ? 0 : IPV4_HEADER;
    long address = Abi.address(buffer, offset, length);
    int n = HotCalls.recvmsg(fd, message.prepareReceive(header, address, length));
    int payload = n < 0 ? n : Math.max(0, n - header);
    if (n >= 0 && !inet6) {
      payload = dropIpOptions(buffer, offset, payload, message);
    }
    if (n >= 0) {
      message.received(payload, 0);
    }
    Reference.reachabilityFence(message);
    Reference.reachabilityFence(buffer);
    return payload;
  }

  /** IPv4 options would have landed before the payload; hardly any packet has them. */
  private static int dropIpOptions(MemorySegment buffer, long offset, int bytes, Message message) {
    int options = (message.ipVersionAndLength() & 0xf) * 4 - IPV4_HEADER;
    if (options <= 0 || options > bytes) {
      return bytes;
    }
    MemorySegment.copy(buffer, offset + options, buffer, offset, bytes - options);
    return bytes - options;
  }

  /**
   * sendmsg(2), one for each {@link Message#segmentSize()} bytes.
   *
   * @return as {@link UdpSocket#send}
   */
  public int send(MemorySegment buffer, long offset, int length, Message message) {
    long address = Abi.address(buffer, offset, length);
    int segment = message.segmentSize() > 0 ? message.segmentSize() : length;
    int n = UdpSocket.sendEach(fd, inet6, address, length, segment, message);
    Reference.reachabilityFence(message);
    Reference.reachabilityFence(buffer);
    return n;
  }

  /** For the thread that opened it, once no other uses it any more. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      FileCalls.close(fd);
    }
  }
}
