package dev.twinspan.agent.control;

import dev.twinspan.agent.bgp.BgpAction;
import dev.twinspan.agent.bgp.BgpEngine;
import dev.twinspan.agent.bgp.BgpTransport;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the transport's thread tells the control loop, in order. Bounded: while it is full the
 * transport's thread waits, TCP's window closes, and the peers wait.
 */
final class BgpReports implements BgpTransport.Listener {
  /** With at most 64 KiB each, 16 MiB. */
  private static final int CAPACITY = 256;

  private static final long LOOK_MILLIS = 20;

  /** What is to be told to the core at a time of its clock. */
  interface Report {
    List<BgpAction> tell(BgpEngine engine, long now);
  }

  private final ArrayBlockingQueue<Report> queue = new ArrayBlockingQueue<>(CAPACITY);
  private final Runnable wake;
  private volatile boolean closed;

  /**
   * @param wake makes the loop take a turn
   */
  BgpReports(Runnable wake) {
    this.wake = wake;
  }

  /** Null when there is none. The loop's thread. */
  @Nullable Report poll() {
    return queue.poll();
  }

  /** Nobody listens any more; nobody waits any more. */
  void close() {
    closed = true;
  }

  private void add(Report report) {
    try {
      while (!closed && !queue.offer(report, LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        wake.run();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    wake.run();
  }

  @Override
  public void connected(long connection) {
    add((engine, now) -> engine.connected(now, connection));
  }

  @Override
  public void accepted(long connection, InetAddress local, InetAddress remote) {
    add((engine, now) -> engine.accepted(now, connection, local, remote));
  }

  @Override
  public void received(long connection, byte[] bytes) {
    add((engine, now) -> engine.received(now, connection, bytes));
  }

  @Override
  public void closed(long connection, String why) {
    add((engine, now) -> engine.closed(now, connection, why));
  }
}
