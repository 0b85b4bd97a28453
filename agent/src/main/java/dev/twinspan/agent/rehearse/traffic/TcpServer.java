package dev.twinspan.agent.rehearse.traffic;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * The far end of {@link FileTransfer} and {@link TcpFlows}: what the first byte of a connection
 * asks for. Threads: one virtual thread accepts, one serves each connection.
 */
public final class TcpServer implements AutoCloseable {
  /** More than any rehearsal opens. */
  private static final int BACKLOG = 512;

  private final ServerSocket listener;

  public TcpServer(int port) throws IOException {
    listener = new ServerSocket(port, BACKLOG);
    Thread.ofVirtual().name("tcp-accept").start(this::accept);
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException _) {
      // Closed from outside: done.
    }
  }

  private static void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      switch (in.readByte()) {
        case FileTransfer.UP -> {
          long length = in.readLong();
          in.readLong();
          out.write(FileTransfer.receive(in, length));
        }
        case FileTransfer.DOWN -> FileTransfer.send(out, in.readLong(), in.readLong());
        case TcpFlows.ECHO -> echo(in, out);
        default -> System.err.println("tcp: a connection that asks for nothing known");
      }
    } catch (IOException e) {
      // The client sees the connection end, and reports what it had expected.
      System.err.println("tcp: " + e.getMessage());
    }
  }

  private static void echo(DataInputStream in, DataOutputStream out) throws IOException {
    byte[] message = new byte[TcpFlows.MESSAGE];
    while (in.readNBytes(message, 0, message.length) == message.length) {
      out.write(message);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
