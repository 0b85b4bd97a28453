package dev.twinspan.agent.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One TCP connection along a path, as fast as it goes, until it is closed. Two threads of its own;
 * the bytes are taken from and put into memory outside the heap, so that they are copied once at
 * each end, as a C program's are.
 */
final class TcpFlow implements AutoCloseable {
  private static final int BLOCK = 256 << 10;
  private static final int CONNECT_MILLIS = 5_000;

  private final ServerSocketChannel server;
  private final SocketChannel client;
  private final SocketChannel accepted;
  private final AtomicLong received = new AtomicLong();

  private TcpFlow(ServerSocketChannel server, SocketChannel client, SocketChannel accepted) {
    this.server = server;
    this.client = client;
    this.accepted = accepted;
    Thread.ofPlatform().daemon().name("bench-receive").start(this::receive);
    Thread.ofPlatform().daemon().name("bench-send").start(this::send);
  }

  /**
   * @throws IOException when the far end is not reached
   */
  static TcpFlow open(InnerPath path) throws IOException {
    try {
      ServerSocketChannel server =
          path.far().call(() -> ServerSocketChannel.open().bind(at(path.farAddress(), 0)));
      try {
        SocketChannel client =
            path.near().call(() -> SocketChannel.open().bind(at(path.nearAddress(), 0)));
        // Through the socket: the channel's own connect knows no limit.
        client.socket().connect(server.getLocalAddress(), CONNECT_MILLIS);
        return new TcpFlow(server, client, server.accept());
      } catch (IOException | RuntimeException e) {
        server.close();
        throw e;
      }
    } catch (IllegalStateException e) {
      // What a task in a namespace throws comes wrapped.
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static InetSocketAddress at(InetAddress address, int port) {
    return new InetSocketAddress(address, port);
  }

  /** Bytes that have arrived until now. Any thread. */
  long received() {
    return received.getOpaque();
  }

  private void send() {
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
    try {
      while (true) {
        client.write(block.clear());
      }
    } catch (IOException _) {
      // Closed: the flow is over.
    }
  }

  private void receive() {
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
    try {
      for (int n = accepted.read(block); n >= 0; n = accepted.read(block.clear())) {
        received.setOpaque(received.getPlain() + n);
      }
    } catch (IOException _) {
      // Closed: the flow is over.
    }
  }

  @Override
  public void close() {
    try {
      client.close();
      accepted.close();
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
