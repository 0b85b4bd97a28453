package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.IkeDatagram;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** IKE datagrams from the worker of WAN → LAN, its one producer, to the control thread. Bounded. */
public final class IkeQueue {
  private final ArrayBlockingQueue<IkeDatagram> queue;
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final Runnable ready;

  /**
   * @param ready called by the producer when the consumer may have gone to sleep
   */
  public IkeQueue(int capacity, Runnable ready) {
    queue = new ArrayBlockingQueue<>(capacity);
    this.ready = ready;
  }

  /**
   * Producer: whether {@link #offer} will take one; asked first, so that a flood copies nothing.
   */
  boolean hasRoom() {
    return queue.remainingCapacity() > 0;
  }

  /** Producer. */
  void offer(IkeDatagram datagram) {
    queue.add(datagram);
    if (signalled.compareAndSet(false, true)) {
      ready.run();
    }
  }

  /** Consumer: the next one or null; after null the producer will signal again. */
  public @Nullable IkeDatagram poll() {
    IkeDatagram next = queue.poll();
    if (next == null) {
      signalled.set(false);
      next = queue.poll(); // came between the two
    }
    return next;
  }
}
