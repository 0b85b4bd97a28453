package dev.twinspan.agent.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * A small UDP packet each millisecond along a path, each with the time it left, which a thread at
 * the far end takes from it: both ends have one clock. A packet that leaves late, because its
 * sender was not given a processor, is no later for that.
 */
final class LatencyProbe implements AutoCloseable {
  private static final long PERIOD_NANOS = 1_000_000;

  /** Number and time. */
  private static final int LENGTH = 2 * Long.BYTES;

  private static final int BUFFER_BYTES = 1 << 20;

  /** What takes longer is lost. */
  private static final long LATEST_NANOS = 1_000_000_000;

  private final DatagramChannel far;
  private final DatagramChannel near;
  private final long[] nanos;
  private final Thread receiver;

  /** Written by the receiver. */
  private volatile int received;

  private LatencyProbe(InnerPath path, int packets) throws IOException {
    nanos = new long[packets];
    far = open(path, false);
    try {
      near = open(path, true);
      near.connect(far.getLocalAddress());
    } catch (IOException | RuntimeException e) {
      far.close();
      throw e;
    }
    receiver = Thread.ofPlatform().daemon().name("bench-probe").start(this::receive);
  }

  private static DatagramChannel open(InnerPath path, boolean atNear) throws IOException {
    InetSocketAddress local =
        new InetSocketAddress(atNear ? path.nearAddress() : path.farAddress(), 0);
    DatagramChannel channel =
        (atNear ? path.near() : path.far()).call(() -> DatagramChannel.open().bind(local));
    channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_BYTES);
    return channel;
  }

  /** Blocks for that time, and for what is on its way after it. */
  static Latencies measure(InnerPath path, Duration time) throws IOException {
    int packets = (int) (time.toNanos() / PERIOD_NANOS);
    try (LatencyProbe probe = new LatencyProbe(path, packets)) {
      probe.send();
      return probe.result();
    }
  }

  private void send() throws IOException {
    ByteBuffer packet = ByteBuffer.allocateDirect(LENGTH);
    long next = System.nanoTime();
    for (int i = 0; i < nanos.length; i++) {
      next += PERIOD_NANOS;
      for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      packet.clear().putLong(i).putLong(System.nanoTime()).flip();
      near.write(packet);
    }
  }

  private void receive() {
    ByteBuffer packet = ByteBuffer.allocateDirect(LENGTH);
    try {
      for (int i = 0; i < nanos.length; i++) {
        far.receive(packet.clear());
        long now = System.nanoTime();
        nanos[i] = now - packet.getLong(Long.BYTES);
        received = i + 1;
      }
    } catch (IOException _) {
      // Closed: what has not come by now is lost.
    }
  }

  private Latencies result() {
    try {
      receiver.join(Duration.ofNanos(LATEST_NANOS));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return Latencies.of(nanos.length, Arrays.copyOf(nanos, received));
  }

  @Override
  public void close() throws IOException {
    near.close();
    far.close();
  }
}
