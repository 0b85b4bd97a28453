package dev.twinspan.agent.fleet;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * A TLS listener that speaks just enough MQTT 5 to break it off at each of its stages; a real
 * broker cannot be made to.
 */
final class FaultyBroker implements AutoCloseable {
  /** What becomes of one connection. */
  enum Fault {
    CLOSED_AT_ONCE,
    NO_HANDSHAKE,
    CLOSED_AFTER_HANDSHAKE,
    NO_ANSWER,
    CLOSED_AFTER_CONNECT,
    REFUSED,
    CLOSED_AFTER_ACCEPTANCE,
    CLOSED_AFTER_PUBLISH,
    PUBLISH_REFUSED,
    NONE
  }

  private static final int CONNECT = 1;
  private static final int PUBLISH = 3;
  private static final int NOT_AUTHORIZED = 0x87;

  private final SSLServerSocket listener;
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final BlockingQueue<Plan> next = new LinkedBlockingQueue<>();

  private record Plan(Fault fault, CompletableFuture<Void> reached) {}

  FaultyBroker(SSLContext tls) throws IOException {
    listener =
        (SSLServerSocket)
            tls.getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    listener.setNeedClientAuth(true);
    workers.execute(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Of the next connection; completes when it is where its fault is. */
  CompletableFuture<Void> fail(Fault fault) {
    Plan plan = new Plan(fault, new CompletableFuture<>());
    next.add(plan);
    return plan.reached();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        SSLSocket socket = (SSLSocket) listener.accept();
        Plan plan = next.take();
        workers.execute(() -> serve(socket, plan));
      } catch (IOException _) {
        continue; // closed, or one that went before it was accepted
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  private static void serve(SSLSocket socket, Plan plan) {
    Fault fault = plan.fault();
    try (socket) {
      try {
        play(socket, fault);
      } finally {
        plan.reached().complete(null);
      }
      if (fault == Fault.NO_HANDSHAKE || fault == Fault.NO_ANSWER || fault == Fault.NONE) {
        // Until the client goes; octets of a handshake nobody makes are of no interest.
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      }
    } catch (IOException _) {
      // The client has gone, as it should.
    }
  }

  private static void play(SSLSocket socket, Fault fault) throws IOException {
    if (fault == Fault.CLOSED_AT_ONCE || fault == Fault.NO_HANDSHAKE) {
      return;
    }
    socket.startHandshake();
    if (fault == Fault.CLOSED_AFTER_HANDSHAKE) {
      return;
    }
    DataInputStream in = new DataInputStream(socket.getInputStream());
    packet(in, CONNECT);
    if (fault == Fault.CLOSED_AFTER_CONNECT || fault == Fault.NO_ANSWER) {
      return;
    }
    int code = fault == Fault.REFUSED ? NOT_AUTHORIZED : 0;
    socket.getOutputStream().write(new byte[] {0x20, 3, 0, (byte) code, 0});
    if (fault == Fault.REFUSED || fault == Fault.CLOSED_AFTER_ACCEPTANCE) {
      return;
    }
    byte[] publish = packet(in, PUBLISH);
    if (fault == Fault.CLOSED_AFTER_PUBLISH) {
      return;
    }
    int topic = (publish[0] & 0xff) << 8 | publish[1] & 0xff;
    byte high = publish[2 + topic];
    byte low = publish[3 + topic];
    socket
        .getOutputStream()
        .write(
            fault == Fault.PUBLISH_REFUSED
                ? new byte[] {0x40, 3, high, low, (byte) NOT_AUTHORIZED}
                : new byte[] {0x40, 2, high, low});
  }

  /** The next one of that kind, without its fixed header. */
  private static byte[] packet(DataInputStream in, int kind) throws IOException {
    while (true) {
      int first = in.readUnsignedByte();
      int length = 0;
      for (int shift = 0; ; shift += 7) {
        int octet = in.readUnsignedByte();
        length |= (octet & 0x7f) << shift;
        if (octet < 0x80) {
          break;
        }
      }
      byte[] content = new byte[length];
      in.readFully(content);
      if (first >> 4 == kind) {
        return content;
      }
    }
  }

  /** A port at which nobody listens any more. */
  static int closedPort() throws IOException {
    try (Socket socket = new Socket()) {
      socket.bind(null);
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    workers.shutdownNow();
  }
}
