package dev.twinspan.agent.rehearse.traffic;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * UDP flows, each from a port of its own, that send numbered packets at an even rate to a {@link
 * UdpEcho} and track what comes back.
 *
 * <pre>
 *  0          8            16
 *  +----------+------------+-----------+
 *  | sequence | sent nanos | zeros …   |   big-endian
 *  +----------+------------+-----------+
 * </pre>
 *
 * Threads: one sends and receives for all flows, and holds the lock for each round; every method
 * takes it. The lock is fair, or a thread that always finds something to do would let nobody ask.
 */
public final class UdpFlows implements AutoCloseable {
  static final int HEADER = 2 * Long.BYTES;

  /**
   * A sender that was held up for longer does not make up for it: a burst of everything that was
   * due is not the even rate that was asked for.
   */
  private static final long MOST_BEHIND_NANOS = 50_000_000;

  private final ReentrantLock lock = new ReentrantLock(true);
  private final Selector selector;
  private final List<Flow> flows = new ArrayList<>();
  private final long intervalNanos;
  private final ByteBuffer out;
  private final ByteBuffer in = ByteBuffer.allocateDirect(65_536);
  private final Thread thread;
  private boolean held;
  private boolean closed;

  private static final class Flow {
    final DatagramChannel channel;
    final SequenceTracker tracker;
    final int port;
    long sent;
    long errors;
    long dueNanos;
    long roundTripNanos = Long.MAX_VALUE;

    Flow(DatagramChannel channel, int port, long now, long dueNanos) {
      this.channel = channel;
      this.port = port;
      this.tracker = new SequenceTracker(now);
      this.dueNanos = dueNanos;
    }
  }

  /**
   * @param packetsPerSecond of each flow
   * @param size UDP payload bytes
   */
  public UdpFlows(InetSocketAddress target, int count, double packetsPerSecond, int size)
      throws IOException {
    selector = Selector.open();
    intervalNanos = (long) (1e9 / packetsPerSecond);
    out = ByteBuffer.allocateDirect(Math.max(size, HEADER));
    long now = System.nanoTime();
    for (int i = 0; i < count; i++) {
      DatagramChannel channel = DatagramChannel.open();
      channel.connect(target).configureBlocking(false);
      int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
      Flow flow = new Flow(channel, port, now, now + intervalNanos * i / count);
      channel.register(selector, SelectionKey.OP_READ, flow);
      flows.add(flow);
    }
    thread = Thread.ofPlatform().name("udp-flows").daemon().start(this::run);
  }

  private void run() {
    try {
      while (true) {
        selector.select(1);
        lock.lock();
        try {
          if (closed) {
            return;
          }
          receive();
          long now = System.nanoTime();
          if (!held) {
            flows.forEach(flow -> send(flow, now));
          }
        } finally {
          lock.unlock();
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("UDP flows ended", e);
    }
  }

  private void send(Flow flow, long now) {
    if (now - flow.dueNanos > MOST_BEHIND_NANOS) {
      flow.dueNanos = now;
    }
    while (now - flow.dueNanos >= 0) {
      flow.dueNanos += intervalNanos;
      out.clear().putLong(0, flow.sent++).putLong(8, now);
      try {
        if (flow.channel.write(out) == 0) {
          flow.errors++;
        }
      } catch (IOException _) {
        // No route, or an ICMP error for an earlier packet: lost, and counted as such.
        flow.errors++;
      }
    }
  }

  private void receive() {
    for (SelectionKey key : selector.selectedKeys()) {
      Flow flow = (Flow) key.attachment();
      try {
        while (flow.channel.read(in.clear()) >= HEADER) {
          long now = System.nanoTime();
          flow.tracker.arrived(in.getLong(0), now);
          flow.roundTripNanos = Math.min(flow.roundTripNanos, now - in.getLong(8));
        }
      } catch (IOException _) {
        // An ICMP error for an earlier packet, which is counted as lost anyway.
        flow.errors++;
      }
    }
    selector.selectedKeys().clear();
  }

  /**
   * Sends no more, but goes on receiving: what was on its way can be counted to the last packet.
   */
  public void hold() {
    locked(() -> held = true);
  }

  /** Begins a new measurement of gaps and round trips. */
  public void mark() {
    locked(
        () -> {
          for (Flow flow : flows) {
            flow.tracker.mark();
            flow.roundTripNanos = Long.MAX_VALUE;
          }
        });
  }

  public List<FlowReport> reports() {
    lock.lock();
    try {
      return reports(System.nanoTime());
    } finally {
      lock.unlock();
    }
  }

  private List<FlowReport> reports(long now) {
    return flows.stream()
        .map(
            flow ->
                new FlowReport(
                    flow.port,
                    flow.sent,
                    flow.tracker.received(),
                    flow.tracker.lost(),
                    flow.tracker.duplicates(),
                    flow.tracker.reordered(),
                    flow.errors,
                    flow.tracker.longestGapNanos(now),
                    flow.roundTripNanos == Long.MAX_VALUE ? 0 : flow.roundTripNanos))
        .toList();
  }

  private void locked(Runnable what) {
    lock.lock();
    try {
      what.run();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    locked(() -> closed = true);
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    selector.close();
    for (Flow flow : flows) {
      flow.channel.close();
    }
  }
}
