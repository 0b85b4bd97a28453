package dev.twinspan.agent.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;

/** One TCP connection through the tunnel, as fast as it goes, until it is closed. */
final class TcpFlow implements AutoCloseable {
  private static final int BLOCK = 256 << 10;

  private final ServerSocket server;
  private final Socket client;
  private final Socket accepted;

  private TcpFlow(ServerSocket server, Socket client, Socket accepted) {
    this.server = server;
    this.client = client;
    this.accepted = accepted;
    Thread.ofPlatform().daemon().name("bench-receive").start(this::receive);
    Thread.ofPlatform().daemon().name("bench-send").start(this::send);
  }

  static TcpFlow open(BenchPair.End from, BenchPair.End to) throws IOException {
    ServerSocket server = to.inside(() -> new ServerSocket(0, 1, to.inner()));
    Socket client = from.inside(() -> new Socket(to.inner(), server.getLocalPort()));
    return new TcpFlow(server, client, server.accept());
  }

  private void send() {
    byte[] block = new byte[BLOCK];
    try {
      OutputStream out = client.getOutputStream();
      while (true) {
        out.write(block);
      }
    } catch (IOException _) {
      // Closed: the flow is over.
    }
  }

  private void receive() {
    byte[] block = new byte[BLOCK];
    try {
      InputStream in = accepted.getInputStream();
      while (in.read(block) >= 0) {
        // Thrown away.
      }
    } catch (IOException _) {
      // Closed: the flow is over.
    }
  }

  @Override
  public void close() throws IOException {
    client.close();
    accepted.close();
    server.close();
  }
}
