package dev.twinspan.ffi.linux;

import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/**
 * A non-blocking UDP socket for ESP-in-UDP and IKE, with UDP_GRO on receive and UDP_SEGMENT on send
 * where the kernel has them. One receive buffer's ancillary state per socket: receive is for the
 * owning worker; {@link #send} may be called by one more thread with its own {@link Message}.
 *
 * <p>Calls return a byte count or {@code -errno}; the hot path throws nothing and allocates
 * nothing.
 */
public final class UdpSocket implements AutoCloseable {
  /**
   * @param local address to bind; the wildcard with a port binds every address of that family
   * @param mark SO_MARK for policy routing, or 0
   * @param offloads UDP_GRO and UDP_SEGMENT; off when false
   * @param bufferBytes SO_RCVBUFFORCE / SO_SNDBUFFORCE (falls back to the unforced options), or 0
   */
  public record Options(InetSocketAddress local, int mark, boolean offloads, int bufferBytes) {}

  /**
   * Off-heap msghdr, iovec, sockaddr and control buffer, reused for each call; what the last
   * receive or the next send carries beside its bytes. Addresses are kept as sockaddr bytes so that
   * comparing and replying allocates nothing.
   */
  public static final class Message {
    public Message() {
      throw new UnsupportedOperationException();
    }

    /**
     * After receive: bytes of each datagram but the last (UDP_GRO), or the whole length. Before
     * send: UDP_SEGMENT size, or 0.
     */
    public int segmentSize() {
      throw new UnsupportedOperationException();
    }

    public void segmentSize(int bytes) {
      throw new UnsupportedOperationException("" + bytes);
    }

    /** TOS or traffic class of the outer header: DSCP and ECN. */
    public int tos() {
      throw new UnsupportedOperationException();
    }

    public void tos(int value) {
      throw new UnsupportedOperationException("" + value);
    }

    /** The peer as an allocation-free value: IPv4 as {@code ::ffff:a.b.c.d}. */
    public long peerHigh() {
      throw new UnsupportedOperationException();
    }

    public long peerLow() {
      throw new UnsupportedOperationException();
    }

    public int peerPort() {
      throw new UnsupportedOperationException();
    }

    /** The peer as an object; allocates: for IKE, not for ESP. */
    public InetSocketAddress peer() {
      throw new UnsupportedOperationException();
    }

    /** Sets the destination; encodes once, so keep one Message per tunnel. */
    public void peer(InetSocketAddress destination) {
      throw new UnsupportedOperationException("" + destination);
    }

    /** The local address a datagram came to (IP_PKTINFO), which a reply must come from. */
    public InetSocketAddress local() {
      throw new UnsupportedOperationException();
    }

    /** Pins the source address of sends (IP_PKTINFO); for sockets bound to the wildcard. */
    public void local(InetSocketAddress source) {
      throw new UnsupportedOperationException("" + source);
    }
  }

  /**
   * @throws KernelException naming the address and port when bind fails
   */
  public static UdpSocket open(Options options) {
    throw new UnsupportedOperationException("" + options);
  }

  public int fd() {
    throw new UnsupportedOperationException();
  }

  public InetSocketAddress localAddress() {
    throw new UnsupportedOperationException();
  }

  /** Whether UDP_SEGMENT is in use; {@link #offloadReason()} says why not. */
  public boolean segmentation() {
    throw new UnsupportedOperationException();
  }

  /** Whether UDP_GRO is in use. */
  public boolean coalescing() {
    throw new UnsupportedOperationException();
  }

  /** In words, for status. */
  public String offloadReason() {
    throw new UnsupportedOperationException();
  }

  /** Turns UDP_SEGMENT off after a NIC refused it (EIO), with the reason kept. */
  public void disableSegmentation(String reason) {
    throw new UnsupportedOperationException(reason);
  }

  /** recvmsg(2). {@code -EAGAIN} when there is nothing. */
  public int receive(MemorySegment buffer, long offset, int length, Message message) {
    throw new UnsupportedOperationException();
  }

  /**
   * sendmsg(2) of {@code length} bytes, cut by the kernel into datagrams of {@link
   * Message#segmentSize()}.
   */
  public int send(MemorySegment buffer, long offset, int length, Message message) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
