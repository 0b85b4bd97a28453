package dev.twinspan.agent.rehearse.traffic;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * TCP connections that stay open and send a small numbered message, to be echoed, at an even pace:
 * what an idle-ish session looks like to a failover. Threads: one virtual thread per flow, which
 * alone writes its flow; reports take the flow's lock.
 */
public final class TcpFlows implements AutoCloseable {
  static final byte ECHO = 'E';
  static final int MESSAGE = 64;
  private static final int CONNECT_MILLIS = 15_000;

  private final List<Flow> flows = new ArrayList<>();
  private volatile boolean closed;

  private static final class Flow {
    final Socket socket;
    final SequenceTracker tracker = new SequenceTracker(System.nanoTime());
    long sent;
    long errors;

    Flow(Socket socket) {
      this.socket = socket;
    }

    synchronized void sent() {
      sent++;
    }

    synchronized void came(long sequence) {
      tracker.arrived(sequence, System.nanoTime());
    }

    synchronized void failed() {
      errors++;
    }

    synchronized FlowReport report() {
      return new FlowReport(
          socket.getLocalPort(),
          sent,
          tracker.received(),
          tracker.lost(),
          tracker.duplicates(),
          tracker.reordered(),
          errors,
          tracker.longestGapNanos(System.nanoTime()),
          0);
    }
  }

  /** Opens all connections before it returns. */
  public TcpFlows(InetSocketAddress server, int count, double messagesPerSecond)
      throws IOException {
    for (int i = 0; i < count; i++) {
      Socket socket = new Socket();
      flows.add(new Flow(socket));
      socket.connect(server, CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
    }
    long interval = (long) (1e9 / messagesPerSecond);
    flows.forEach(flow -> Thread.ofVirtual().start(() -> run(flow, interval)));
  }

  private void run(Flow flow, long intervalNanos) {
    try {
      DataOutputStream out = new DataOutputStream(flow.socket.getOutputStream());
      DataInputStream in = new DataInputStream(flow.socket.getInputStream());
      byte[] rest = new byte[MESSAGE - Long.BYTES];
      out.writeByte(ECHO);
      for (long sequence = 0; !closed; sequence++) {
        byte[] message = new byte[MESSAGE];
        java.nio.ByteBuffer.wrap(message).putLong(sequence);
        out.write(message);
        flow.sent();
        flow.came(in.readLong());
        in.readFully(rest);
        LockSupport.parkNanos(intervalNanos);
      }
    } catch (IOException e) {
      if (!closed) {
        System.err.println(
            "tcp flow of port " + flow.socket.getLocalPort() + ": " + e.getMessage());
        flow.failed();
      }
    }
  }

  public void mark() {
    for (Flow flow : flows) {
      synchronized (flow) {
        flow.tracker.mark();
      }
    }
  }

  public List<FlowReport> reports() {
    return flows.stream().map(Flow::report).toList();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    for (Flow flow : flows) {
      flow.socket.close();
    }
  }
}
