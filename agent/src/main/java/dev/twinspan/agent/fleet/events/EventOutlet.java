package dev.twinspan.agent.fleet.events;

import dev.twinspan.agent.status.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Where the control loop leaves its events, and the fleet's thread fetches them. Never blocks:
 * where nobody fetches, the latest stay.
 */
public final class EventOutlet {
  /** More than the loop makes while a disk hangs for seconds. */
  static final int CAPACITY = 512;

  private final ArrayBlockingQueue<Event> waiting = new ArrayBlockingQueue<>(CAPACITY);
  private final AtomicLong lost = new AtomicLong();
  private volatile @Nullable Runnable wake;

  /**
   * What was fetched.
   *
   * @param lost how many there were before these, for which there was no room
   * @param events oldest first
   */
  public record Batch(long lost, List<Event> events) {
    public Batch {
      events = List.copyOf(events);
    }

    public boolean isEmpty() {
      return lost == 0 && events.isEmpty();
    }
  }

  /** One thread: the control loop's (or that which starts it). */
  public void put(Event event) {
    while (!waiting.offer(event)) {
      if (waiting.poll() != null) {
        lost.incrementAndGet();
      }
    }
    Runnable waker = wake;
    if (waker != null) {
      waker.run();
    }
  }

  /** The fleet's thread. */
  public Batch fetch() {
    // Counted first: what is lost while this goes on was behind what is fetched now, or is told
    // next time.
    long before = lost.getAndSet(0);
    List<Event> events = new ArrayList<>();
    waiting.drainTo(events);
    return new Batch(before, events);
  }

  /**
   * @param waker called by the control loop after each event: must not block; null: nobody
   */
  public void wakes(@Nullable Runnable waker) {
    wake = waker;
  }
}
