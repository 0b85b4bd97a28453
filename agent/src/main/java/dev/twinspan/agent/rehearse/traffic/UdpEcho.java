package dev.twinspan.agent.rehearse.traffic;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sends every datagram back where it came from, and tracks each flow's numbered packets on the way:
 * that is the one-way view which the sender lacks.
 *
 * <p>Threads: one receives and sends; the rest of the methods take this object's lock.
 */
public final class UdpEcho implements AutoCloseable {
  /** More flows than any rehearsal has; a stray sender cannot grow the table. */
  private static final int MOST_FLOWS = 4096;

  /** Rides out a pause of this process on a busy machine, as far as the kernel allows. */
  private static final int RECEIVE_BUFFER = 1 << 20;

  private final DatagramChannel channel;
  private final Map<SocketAddress, SequenceTracker> trackers = new HashMap<>();

  public UdpEcho(int port) throws IOException {
    channel = DatagramChannel.open();
    channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
    channel.bind(new InetSocketAddress(port));
    Thread.ofPlatform().name("udp-echo").daemon().start(this::run);
  }

  private void run() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(65_536);
    try {
      while (channel.isOpen()) {
        SocketAddress from = channel.receive(buffer.clear());
        if (from == null) {
          continue;
        }
        buffer.flip();
        if (buffer.remaining() >= UdpFlows.HEADER) {
          track(from, buffer.getLong(0));
        }
        send(buffer, from);
      }
    } catch (java.nio.channels.ClosedChannelException _) {
      // Closed from outside: done.
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("UDP echo ended", e);
    }
  }

  private void send(ByteBuffer buffer, SocketAddress to)
      throws java.nio.channels.ClosedChannelException {
    try {
      channel.send(buffer, to);
    } catch (java.nio.channels.ClosedChannelException e) {
      throw e;
    } catch (IOException _) {
      // No route back at this moment: the packet is lost, and its sender counts it.
    }
  }

  private synchronized void track(SocketAddress from, long sequence) {
    long now = System.nanoTime();
    SequenceTracker tracker = trackers.get(from);
    if (tracker == null) {
      if (trackers.size() == MOST_FLOWS) {
        return;
      }
      tracker = new SequenceTracker(now);
      trackers.put(from, tracker);
    }
    tracker.arrived(sequence, now);
  }

  public synchronized void mark() {
    trackers.values().forEach(SequenceTracker::mark);
  }

  public synchronized List<FlowReport> reports() {
    long now = System.nanoTime();
    return trackers.entrySet().stream()
        .map(
            entry -> {
              SequenceTracker tracker = entry.getValue();
              return new FlowReport(
                  ((InetSocketAddress) entry.getKey()).getPort(),
                  0,
                  tracker.received(),
                  tracker.lost(),
                  tracker.duplicates(),
                  tracker.reordered(),
                  0,
                  tracker.longestGapNanos(now),
                  0);
            })
        .toList();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
