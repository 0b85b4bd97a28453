package dev.twinspan.ffi.crypto;

import dev.twinspan.ffi.linux.ThreadPriority;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Threads that take a share of the native calls of those who own SAs, where a processor is so slow
 * at AES that one core cannot carry a line.
 *
 * <pre>
 *   loop (owns the SA)            │ offers: 16 pieces of a super-packet
 *     piece piece piece … waits ──┤──► sends, in order
 *   helper 1:  piece piece piece  │
 *   helper 2:  piece piece piece  │
 * </pre>
 *
 * Nothing is queued and nothing changes hands: a call returns when all of its pieces are done, as
 * it does without helpers, so that sequence numbers, replay windows, the order of packets, new keys
 * and the end of an SA are none of the helpers' business. What is lost against a pipeline is that
 * the helpers rest while the loop reads and sends; what is won beside simplicity is that a packet
 * is never further from being sent than its own super-packet.
 *
 * <p>Helpers look for the next call a little before they sleep; an idle box wakes nobody. When all
 * are busy the owner does its call alone; and for a while when it had to wait for one that has a
 * piece and no processor to do it on, because others want it: then there is no core to spare.
 */
public final class CryptoHelpers implements AutoCloseable {
  public static final int MAX_THREADS = 64;

  /** Calls at one time that helpers can be had for; more are done by their owners alone. */
  private static final int CALLS = 8;

  /** As long as a loop takes to send a super-packet and to read the next. */
  private static final long PATIENCE_NANOS = 50_000;

  /** Many times a piece: whoever takes so long for one does not run. */
  private static final long HELD_UP_NANOS = 1_000_000;

  private static final long ALONE_NANOS = 100_000_000;

  private final LongSupplier clock;
  private final SharedCall[] calls = new SharedCall[CALLS];
  private final Thread[] threads;

  /** Of each thread, whether it has to be woken. */
  private final AtomicIntegerArray asleep;

  private volatile boolean closed;

  /** Until then nobody is asked for help. */
  private volatile long aloneUntil;

  /**
   * @param count of threads
   * @param nice of each, as that of the loops; when it is refused, it is done without
   */
  public CryptoHelpers(int count, int nice) {
    this(count, nice, System::nanoTime);
  }

  /** For tests: with another clock. */
  CryptoHelpers(int count, int nice, LongSupplier clock) {
    if (count < 1 || count > MAX_THREADS) {
      throw new IllegalArgumentException(
          "%d threads, expected 1 to %d".formatted(count, MAX_THREADS));
    }
    for (int i = 0; i < CALLS; i++) {
      calls[i] = new SharedCall();
    }
    this.clock = clock;
    aloneUntil = clock.getAsLong();
    asleep = new AtomicIntegerArray(count);
    threads = new Thread[count];
    for (int i = 0; i < count; i++) {
      int self = i;
      threads[i] =
          Thread.ofPlatform()
              .daemon()
              .name("twinspan-crypto-" + i)
              .unstarted(() -> serve(self, nice));
    }
    for (Thread thread : threads) {
      thread.start();
    }
  }

  /** How many there are. */
  public int count() {
    return threads.length;
  }

  /**
   * Does all pieces, on the calling thread and on those that have time.
   *
   * @throws IllegalStateException when a piece threw
   */
  void share(SharedCall.Pieces work, int pieces) {
    boolean some = pieces > 1 && pieces <= SharedCall.MAX_PIECES;
    SharedCall call = some && clock.getAsLong() - aloneUntil >= 0 ? free() : null;
    if (call == null) {
      for (int i = 0; i < pieces; i++) {
        work.piece(0, i);
      }
      return;
    }
    try {
      call.offer(work, pieces);
      wake(pieces - 1);
      if (call.finish(clock) > HELD_UP_NANOS) {
        aloneUntil = clock.getAsLong() + ALONE_NANOS;
      }
    } finally {
      call.disown();
    }
  }

  private @Nullable SharedCall free() {
    for (SharedCall call : calls) {
      if (call.own()) {
        return call;
      }
    }
    return null;
  }

  /** Those that are awake find the work by themselves. */
  private void wake(int most) {
    for (int i = 0; i < Math.min(most, threads.length); i++) {
      if (asleep.get(i) == 1 && asleep.compareAndSet(i, 1, 0)) {
        LockSupport.unpark(threads[i]);
      }
    }
  }

  private void serve(int self, int nice) {
    if (nice != 0) {
      ThreadPriority.set(nice);
    }
    long last = System.nanoTime();
    while (!closed) {
      if (help(self + 1)) {
        last = System.nanoTime();
      } else if (System.nanoTime() - last < PATIENCE_NANOS) {
        Thread.onSpinWait();
      } else {
        sleep(self);
        last = System.nanoTime();
      }
    }
  }

  private boolean help(int who) {
    boolean helped = false;
    for (SharedCall call : calls) {
      helped |= call.help(who);
    }
    return helped;
  }

  /** Says that it has to be woken before it looks for the last time. */
  private void sleep(int self) {
    asleep.set(self, 1);
    while (asleep.get(self) == 1 && !closed && !anything()) {
      LockSupport.park(this);
    }
    asleep.set(self, 0);
  }

  private boolean anything() {
    for (SharedCall call : calls) {
      if (call.open()) {
        return true;
      }
    }
    return false;
  }

  /** Ends the threads; calls that are under way are finished by their owners. */
  @Override
  public void close() {
    closed = true;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
