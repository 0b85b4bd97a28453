package dev.twinspan.ffi.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A non-blocking UDP socket for ESP-in-UDP and IKE, with UDP_GRO on receive and UDP_SEGMENT on send
 * where the kernel has them. One receive buffer's ancillary state per {@link Message}: receive is
 * for the owning worker; {@link #send} may be called by one more thread with its own Message.
 *
 * <p>What is sent carries DF and is never fragmented here (IP_PMTUDISC_DO): ESP must not be, and an
 * IKE message too large for the path is IKE's to fragment (RFC 7383). The kernel learns the path
 * MTU from ICMP and refuses larger datagrams with EMSGSIZE (with UDP_SEGMENT before Linux 6.14 with
 * EINVAL); {@link RouteNetlink#routeTo} tells what it has learnt.
 *
 * <p>Calls return a byte count or {@code -errno}; the hot path throws nothing and allocates
 * nothing.
 */
public final class UdpSocket implements AutoCloseable {
  /**
   * @param local address to bind; the wildcard with a port binds every address of that family
   * @param mark SO_MARK for policy routing, or 0
   * @param segmentation UDP_SEGMENT; off when false
   * @param coalescing UDP_GRO; off when false
   * @param bufferBytes SO_RCVBUFFORCE / SO_SNDBUFFORCE (falls back to the unforced options), or 0
   * @param reusePort SO_REUSEPORT: one socket per worker on the same port, the kernel spreading
   *     peers over them by a hash of the addresses
   * @param device SO_BINDTODEVICE: the interface that packets leave and arrive by; empty: any
   */
  public record Options(
      InetSocketAddress local,
      int mark,
      boolean segmentation,
      boolean coalescing,
      int bufferBytes,
      boolean reusePort,
      String device) {
    public Options(
        InetSocketAddress local, int mark, boolean offloads, int bufferBytes, boolean reusePort) {
      this(local, mark, offloads, offloads, bufferBytes, reusePort, "");
    }

    public Options(InetSocketAddress local, int mark, boolean offloads, int bufferBytes) {
      this(local, mark, offloads, bufferBytes, false);
    }

    public Options withDevice(String name) {
      return new Options(local, mark, segmentation, coalescing, bufferBytes, reusePort, name);
    }

    public Options withReusePort(boolean on) {
      return new Options(local, mark, segmentation, coalescing, bufferBytes, on, device);
    }

    public Options withOffloads(boolean segment, boolean coalesce) {
      return new Options(local, mark, segment, coalesce, bufferBytes, reusePort, device);
    }
  }

  /**
   * Off-heap msghdr, iovec, sockaddr and control buffer, reused for each call; what the last
   * receive or the next send carries beside its bytes. Addresses are kept as sockaddr bytes so that
   * comparing and replying allocates nothing. For one thread at a time.
   *
   * <pre>
   *     0 struct msghdr     56 two struct iovec     96 peer's sockaddr
   *   128 IPv4 header of a raw socket, 20 bytes    152 control messages, 128 bytes
   * </pre>
   */
  public static final class Message {
    private static final int IOVECS = 56;
    private static final int PEER = 96;
    private static final int IP_HEADER = 128;
    private static final int CONTROL = 152;
    private static final int CONTROL_ROOM = 128;
    private static final int SIZE = CONTROL + CONTROL_ROOM;

    private static final int MSG_NAME_LENGTH = 8;
    private static final int MSG_IOVEC_COUNT = 24;
    private static final int MSG_CONTROL = 32;
    private static final int MSG_CONTROL_LENGTH = 40;
    private static final int MSG_FLAGS = 48;

    // Collected with the message: it has no close, and its number grows with the tunnels.
    private final MemorySegment memory = Arena.ofAuto().allocate(SIZE, 8);

    private int peerLength;
    private int segmentSize;
    private int tos;
    private boolean localKnown;
    private long localHigh;
    private long localLow;
    private int localScope;
    private int localPort;

    public Message() {
      long base = memory.address();
      memory.set(Abi.U64, 0, base + PEER);
      memory.set(Abi.U64, 16, base + IOVECS);
    }

    /**
     * After receive: bytes of each datagram but the last (UDP_GRO), or the whole length. Before
     * send: UDP_SEGMENT size, or 0.
     */
    public int segmentSize() {
      return segmentSize;
    }

    public void segmentSize(int bytes) {
      segmentSize = bytes;
    }

    /**
     * TOS or traffic class of the outer header: DSCP and ECN. A receive sets it, so a message used
     * for the answer would send the ECN mark back; set it anew.
     */
    public int tos() {
      return tos;
    }

    public void tos(int value) {
      tos = value & 0xff;
    }

    /** The peer as an allocation-free value: IPv4 as {@code ::ffff:a.b.c.d}. */
    public long peerHigh() {
      return Sockaddr.high(memory, PEER);
    }

    public long peerLow() {
      return Sockaddr.low(memory, PEER);
    }

    public int peerPort() {
      return Sockaddr.port(memory, PEER);
    }

    /** The peer as an object; allocates: for IKE, not for ESP. */
    public InetSocketAddress peer() {
      return Sockaddr.read(memory, PEER);
    }

    /** Sets the destination; encodes once, so keep one Message per tunnel. */
    public void peer(InetSocketAddress destination) {
      peerLength = Sockaddr.write(memory, PEER, destination);
    }

    /**
     * The local address a datagram came to (IP_PKTINFO), which a reply must come from; allocates.
     *
     * @throws IllegalStateException when nothing was received and no source was set
     */
    public InetSocketAddress local() {
      if (!localKnown) {
        throw new IllegalStateException("no datagram was received with this message");
      }
      return new InetSocketAddress(Sockaddr.toAddress(localHigh, localLow, localScope), localPort);
    }

    /** Pins the source address of sends (IP_PKTINFO); for sockets bound to the wildcard. */
    public void local(InetSocketAddress source) {
      InetAddress address = source.getAddress();
      localHigh = Sockaddr.high(address);
      localLow = Sockaddr.low(address);
      localScope = Sockaddr.scope(address);
      localPort = source.getPort();
      localKnown = true;
    }

    /** Gets ready to receive into one buffer; {@code header} bytes go before it. */
    long prepareReceive(int header, long buffer, int length) {
      int iovec = IOVECS;
      if (header > 0) {
        iovec = setIovec(iovec, memory.address() + IP_HEADER, header);
      }
      iovec = setIovec(iovec, buffer, length);
      memory.set(Abi.U64, MSG_IOVEC_COUNT, (iovec - IOVECS) / Abi.IOVEC_SIZE);
      memory.set(Abi.U32, MSG_NAME_LENGTH, Sockaddr.ROOM);
      memory.set(Abi.U64, MSG_CONTROL, memory.address() + CONTROL);
      memory.set(Abi.U64, MSG_CONTROL_LENGTH, CONTROL_ROOM);
      memory.set(Abi.U32, MSG_FLAGS, 0);
      return memory.address();
    }

    /** Takes over what the kernel said of the {@code length} bytes just received. */
    void received(int length, int port) {
      peerLength = memory.get(Abi.U32, MSG_NAME_LENGTH);
      segmentSize = length;
      tos = 0;
      localKnown = false;
      localPort = port;
      long end = CONTROL + memory.get(Abi.U64, MSG_CONTROL_LENGTH);
      for (long at = CONTROL; Ancillary.holds(memory, at, end); at = Ancillary.next(memory, at)) {
        take(at);
      }
    }

    private void take(long at) {
      long data = at + Ancillary.HEADER;
      if (Ancillary.is(memory, at, Ancillary.SOL_UDP, Ancillary.UDP_GRO, 4)) {
        segmentSize = memory.get(Abi.U32, data);
      } else if (Ancillary.is(memory, at, Ancillary.SOL_IP, Ancillary.IP_TOS, 1)) {
        tos = Byte.toUnsignedInt(memory.get(Abi.U8, data));
      } else if (Ancillary.is(memory, at, Ancillary.SOL_IPV6, Ancillary.IPV6_TCLASS, 4)) {
        tos = memory.get(Abi.U32, data) & 0xff;
      } else if (Ancillary.is(memory, at, Ancillary.SOL_IP, Ancillary.IP_PKTINFO, 12)) {
        localKnown = true;
        localHigh = 0;
        localLow = Sockaddr.mapped(memory.get(Abi.NET_U32, data + 4));
        localScope = 0;
      } else if (Ancillary.is(memory, at, Ancillary.SOL_IPV6, Ancillary.IPV6_PKTINFO, 20)) {
        localKnown = true;
        localHigh = memory.get(Abi.NET_U64, data);
        localLow = memory.get(Abi.NET_U64, data + 8);
        localScope = memory.get(Abi.U32, data + 16);
      }
    }

    /** Whether the last receive was cut because the buffer was too small (MSG_TRUNC). */
    public boolean truncated() {
      return (memory.get(Abi.U32, MSG_FLAGS) & SocketCalls.MSG_TRUNC) != 0;
    }

    /** Gets ready to send; {@code segment} is the UDP_SEGMENT size or 0. */
    long prepareSend(long buffer, int length, int segment, boolean inet6) {
      setIovec(IOVECS, buffer, length);
      memory.set(Abi.U64, MSG_IOVEC_COUNT, 1);
      memory.set(Abi.U32, MSG_NAME_LENGTH, peerLength);
      long at = CONTROL;
      if (segment > 0) {
        at = Ancillary.putSegmentSize(memory, at, segment);
      }
      if (tos != 0) {
        at = Ancillary.putTos(memory, at, inet6, tos);
      }
      if (localKnown) {
        at =
            inet6
                ? Ancillary.putSource(memory, at, localHigh, localLow, sourceInterface())
                : Ancillary.putSource(memory, at, (int) localLow);
      }
      // The kernel takes an empty buffer with a non-null pointer; it would refuse a stale length.
      memory.set(Abi.U64, MSG_CONTROL, memory.address() + CONTROL);
      memory.set(Abi.U64, MSG_CONTROL_LENGTH, at - CONTROL);
      memory.set(Abi.U32, MSG_FLAGS, 0);
      return memory.address();
    }

    /** Only a link-local source is bound to its interface; any other may leave where routes say. */
    private int sourceInterface() {
      return (localHigh >>> 54) == 0x3fa ? localScope : 0;
    }

    private int setIovec(int at, long address, int length) {
      memory.set(Abi.U64, at, address);
      memory.set(Abi.U64, at + 8, length);
      return at + Abi.IOVEC_SIZE;
    }

    /** First byte of the IPv4 header a raw socket received: version and header length. */
    int ipVersionAndLength() {
      return Byte.toUnsignedInt(memory.get(Abi.U8, IP_HEADER));
    }
  }

  private static final String OFF = "switched off by configuration";

  private final int fd;
  private final boolean inet6;
  private final InetSocketAddress local;
  private final String noCoalescing;
  private final String bufferReason;
  private volatile String noSegmentation;
  private boolean closed;

  /**
   * @param noSegmentation why UDP_SEGMENT is off; empty: it is not; so with UDP_GRO
   */
  private UdpSocket(
      int fd,
      InetSocketAddress local,
      String noSegmentation,
      String noCoalescing,
      String bufferReason) {
    this.fd = fd;
    this.local = local;
    this.inet6 = local.getAddress() instanceof Inet6Address;
    this.noSegmentation = noSegmentation;
    this.noCoalescing = noCoalescing;
    this.bufferReason = bufferReason;
  }

  /**
   * @throws KernelException naming the address and port when bind fails
   */
  public static UdpSocket open(Options options) {
    int family = Sockaddr.family(options.local().getAddress());
    int type = SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_NONBLOCK;
    int fd = SocketCalls.socket(family, type, 0, "UDP for " + options.local());
    try {
      SocketOptions socket = new SocketOptions(fd, "UDP socket for " + options.local());
      socket.only(family);
      socket.packetInformation(family);
      socket.mark(options.mark());
      socket.device(options.device(), family);
      if (options.reusePort()) {
        socket.require(SocketOptions.SOL_SOCKET, SocketOptions.SO_REUSEPORT, 1, "SO_REUSEPORT");
      }
      String buffers = socket.buffers(options.bufferBytes());
      String segmentation = options.segmentation() ? socket.whyNoSegmentation() : OFF;
      String coalescing = options.coalescing() ? socket.whyNoCoalescing() : OFF;
      InetSocketAddress bound = socket.bind(options.local());
      return new UdpSocket(fd, bound, segmentation, coalescing, buffers);
    } catch (RuntimeException e) {
      FileCalls.close(fd);
      throw e;
    }
  }

  public int fd() {
    return fd;
  }

  /** As bound: with the kernel's choice where port 0 was asked for. */
  public InetSocketAddress localAddress() {
    return local;
  }

  /**
   * Spreads what comes to the sockets of this one's SO_REUSEPORT group by the datagram's first four
   * bytes: ESP by its SPI modulo the number of sockets, in the order they were opened; IKE, whose
   * marker is zero, and what is shorter to the first.
   *
   * @throws KernelException when the kernel refuses
   */
  public void steerByFirstWord(int sockets) {
    new SocketOptions(fd, "UDP socket for " + local).steerByFirstWord(sockets);
  }

  /** Whether UDP_SEGMENT is in use. */
  public boolean segmentation() {
    return noSegmentation.isEmpty();
  }

  /** Whether UDP_GRO is in use. */
  public boolean coalescing() {
    return noCoalescing.isEmpty();
  }

  /** Why UDP_SEGMENT is off, in words, for status; empty: it is not. */
  public String noSegmentation() {
    return noSegmentation;
  }

  /** Why UDP_GRO is off, in words, for status; empty: it is not. */
  public String noCoalescing() {
    return noCoalescing;
  }

  /** In words, for status: the socket buffers asked for, and what the kernel gave. */
  public String bufferReason() {
    return bufferReason;
  }

  /** Turns UDP_SEGMENT off after a NIC refused it (EIO), with the reason kept. */
  public void disableSegmentation(String reason) {
    noSegmentation = reason;
  }

  /** recvmsg(2). {@code -EAGAIN} when there is nothing. */
  public int receive(MemorySegment buffer, long offset, int length, Message message) {
    long header = message.prepareReceive(0, Abi.address(buffer, offset, length), length);
    int n = HotCalls.recvmsg(fd, header);
    if (n >= 0) {
      message.received(n, local.getPort());
    }
    Reference.reachabilityFence(message);
    Reference.reachabilityFence(buffer);
    return n;
  }

  /**
   * sendmsg(2) of {@code length} bytes, cut by the kernel into datagrams of {@link
   * Message#segmentSize()}; without UDP_SEGMENT cut here, with one sendmsg for each.
   *
   * @return {@code length}, or {@code -errno} when nothing was sent, or the bytes of the datagrams
   *     that were sent one by one before the kernel refused the next
   */
  public int send(MemorySegment buffer, long offset, int length, Message message) {
    long address = Abi.address(buffer, offset, length);
    int segment = message.segmentSize();
    boolean several = segment > 0 && segment < length;
    int n =
        several && !segmentation()
            ? sendEach(fd, inet6, address, length, segment, message)
            : sendOne(fd, inet6, address, length, several ? segment : 0, message);
    Reference.reachabilityFence(message);
    Reference.reachabilityFence(buffer);
    return n;
  }

  static int sendEach(
      int fd, boolean inet6, long address, int length, int segment, Message message) {
    int sent = 0;
    while (sent < length) {
      int n = sendOne(fd, inet6, address + sent, Math.min(segment, length - sent), 0, message);
      if (n < 0) {
        return sent > 0 ? sent : n;
      }
      sent += n;
    }
    return sent;
  }

  private static int sendOne(
      int fd, boolean inet6, long address, int length, int segment, Message message) {
    long header = message.prepareSend(address, length, segment, inet6);
    return HotCalls.sendmsg(fd, header);
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
