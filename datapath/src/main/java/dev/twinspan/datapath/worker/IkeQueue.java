package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.IkeDatagram;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * IKE datagrams from the workers of WAN → LAN to the control thread. Three lanes, each bounded, so
 * that nobody is kept waiting or pushed out by those he has nothing to do with.
 */
public final class IkeQueue {
  /** Who sent it, as far as can be told without cryptography. */
  public enum Lane {
    /** It names an IKE SA of ours. */
    ESTABLISHED,
    /** It comes from the address of a configured peer. */
    PEER,
    /** Anybody. */
    STRANGER
  }

  private static final Lane[] LANES = Lane.values();

  private final ArrayBlockingQueue<IkeDatagram>[] queues;
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final Runnable ready;
  private int turn;

  /**
   * @param capacity of each lane
   * @param ready called by a producer when the consumer may have gone to sleep
   */
  @SuppressWarnings({
    "unchecked",
    "rawtypes"
  }) // an array of a generic type cannot be made otherwise
  public IkeQueue(int capacity, Runnable ready) {
    queues = new ArrayBlockingQueue[LANES.length];
    for (Lane lane : LANES) {
      queues[lane.ordinal()] = new ArrayBlockingQueue<>(capacity);
    }
    this.ready = ready;
  }

  /**
   * Producer: whether {@link #offer} will take one, unless another producer is quicker; asked
   * first, so that a flood copies nothing.
   */
  boolean hasRoom(Lane lane) {
    return queues[lane.ordinal()].remainingCapacity() > 0;
  }

  /** Producer: whether there was room. */
  boolean offer(Lane lane, IkeDatagram datagram) {
    if (!queues[lane.ordinal()].offer(datagram)) {
      return false;
    }
    if (signalled.compareAndSet(false, true)) {
      ready.run();
    }
    return true;
  }

  /** Consumer: the next one or null; after null the producer will signal again. */
  public @Nullable IkeDatagram poll() {
    IkeDatagram next = next();
    if (next == null) {
      signalled.set(false);
      next = next(); // came between the two
    }
    return next;
  }

  /**
   * The lanes in their order, but each eighth turn the last two begin: a flood of replayed messages
   * of one IKE SA does not shut out the rest either.
   */
  private @Nullable IkeDatagram next() {
    int first = (++turn & 7) == 0 ? 1 + (turn >>> 3 & 1) : 0;
    for (int i = 0; i < LANES.length; i++) {
      IkeDatagram next = queues[(first + i) % LANES.length].poll();
      if (next != null) {
        return next;
      }
    }
    return null;
  }
}
