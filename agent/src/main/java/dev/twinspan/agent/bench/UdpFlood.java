package dev.twinspan.agent.bench;

import dev.twinspan.ffi.linux.Errno;
import dev.twinspan.ffi.linux.UdpSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.concurrent.locks.LockSupport;

/**
 * Small datagrams along a path, as many as it takes, until it is closed: handed to the kernel 64 at
 * a time (UDP_SEGMENT), so that whatever carries them has full batches to do. The far end has a
 * socket for them that nobody reads.
 */
final class UdpFlood implements AutoCloseable {
  /** UDP_MAX_SEGMENTS of kernels before 6.10. */
  private static final int DATAGRAMS = 64;

  /** IPv4 and UDP. */
  private static final int HEADERS = 28;

  private static final int BUFFER = 1 << 20;
  private static final int LITTLE = 4096;
  private static final long PAUSE_NANOS = 20_000;

  private final UdpSocket from;
  private final UdpSocket to;
  private final int payload;
  private final Thread thread;
  private volatile boolean closed;

  private UdpFlood(UdpSocket from, UdpSocket to, int payload) {
    this.from = from;
    this.to = to;
    this.payload = payload;
    thread = Thread.ofPlatform().daemon().name("bench-flood").start(this::send);
  }

  /**
   * @param innerLength of each packet, its headers included
   * @throws dev.twinspan.ffi.linux.KernelException when a socket is refused
   */
  static UdpFlood open(InnerPath path, int innerLength) {
    InetSocketAddress near = new InetSocketAddress(path.nearAddress(), 0);
    InetSocketAddress far = new InetSocketAddress(path.farAddress(), 0);
    UdpSocket to =
        path.far().call(() -> UdpSocket.open(new UdpSocket.Options(far, 0, true, LITTLE)));
    try {
      UdpSocket from =
          path.near().call(() -> UdpSocket.open(new UdpSocket.Options(near, 0, true, BUFFER)));
      return new UdpFlood(from, to, innerLength - HEADERS);
    } catch (RuntimeException e) {
      to.close();
      throw e;
    }
  }

  private void send() {
    try (Arena arena = Arena.ofConfined()) {
      UdpSocket.Message message = new UdpSocket.Message();
      message.peer(to.localAddress());
      int each = from.segmentation() ? DATAGRAMS : 1;
      message.segmentSize(each > 1 ? payload : 0);
      MemorySegment data = arena.allocate((long) DATAGRAMS * payload);
      while (!closed) {
        int sent = from.send(data, 0, each * payload, message);
        if (sent == -Errno.EAGAIN || sent == -Errno.ENOBUFS) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    from.close();
    to.close();
  }
}
