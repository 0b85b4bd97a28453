package dev.twinspan.ffi.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One call that is cut into pieces. Its owner takes pieces like everybody else, and leaves when all
 * are done, those of others too: so whatever the pieces read and write is nobody's but the owner's
 * before and after.
 *
 * <pre>
 *   claim:  63 … 16 which call │ 15 … 0 pieces that nobody has taken
 * </pre>
 *
 * Who takes a piece has seen the claim of this call, and the call does not end without that piece;
 * so what the owner wrote before the claim may be read after it.
 */
final class SharedCall {
  /** As many as fit into a claim, and more than there is any use for. */
  static final int MAX_PIECES = 1 << 12;

  /** What is to be done. */
  interface Pieces {
    /**
     * Does one piece; by any thread, several at once.
     *
     * @param who 0: the owner, else a helper's number
     */
    void piece(int who, int index);
  }

  private static final int LEFT_BITS = 16;
  private static final long LEFT = (1L << LEFT_BITS) - 1;

  /** Longer than the rest of a piece takes as a rule, then the owner sleeps. */
  private static final int SPINS = 2_000;

  private static final VarHandle OWNED = field("owned", int.class);
  private static final VarHandle CLAIM = field("claim", long.class);
  private static final VarHandle PENDING = field("pending", int.class);

  private static VarHandle field(String name, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(SharedCall.class, name, type);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile int owned;
  private volatile long claim;
  private volatile int pending;
  private volatile @Nullable Thread waiter;
  private volatile @Nullable Throwable fault;

  /** Written by the owner before the claim. */
  private @Nullable Pieces work;

  private int pieces;
  private long calls;

  /** Makes the calling thread the owner, unless another is. */
  boolean own() {
    return owned == 0 && OWNED.compareAndSet(this, 0, 1);
  }

  void disown() {
    owned = 0;
  }

  /** Owner: offers the pieces to whoever asks. {@link #finish} must follow. */
  void offer(Pieces next, int count) {
    work = next;
    pieces = count;
    fault = null;
    pending = count;
    claim = ++calls << LEFT_BITS | count;
  }

  /**
   * Owner: does what nobody else has taken and waits for the rest.
   *
   * @param clock nanoseconds
   * @return how long it waited
   * @throws IllegalStateException when a piece threw; the others are done
   */
  long finish(LongSupplier clock) {
    help(0);
    long waited = 0;
    if (pending != 0) {
      long since = clock.getAsLong();
      await();
      waited = clock.getAsLong() - since;
    }
    Throwable thrown = fault;
    work = null;
    if (thrown != null) {
      throw new IllegalStateException("a part of a vector failed", thrown);
    }
    return waited;
  }

  private void await() {
    for (int i = 0; i < SPINS && pending != 0; i++) {
      Thread.onSpinWait();
    }
    if (pending != 0) {
      waiter = Thread.currentThread();
      while (pending != 0) {
        LockSupport.park(this);
      }
      waiter = null;
    }
  }

  /** Whether there are pieces to be taken. */
  boolean open() {
    return (claim & LEFT) != 0;
  }

  /**
   * Takes pieces and does them, until there are none.
   *
   * @return whether there was one
   */
  boolean help(int who) {
    boolean helped = false;
    for (long seen = claim; (seen & LEFT) != 0; seen = claim) {
      if (CLAIM.compareAndSet(this, seen, seen - 1)) {
        perform(who, pieces - (int) (seen & LEFT));
        helped = true;
      }
    }
    return helped;
  }

  private void perform(int who, int index) {
    try {
      Pieces mine = work;
      if (mine != null) {
        mine.piece(who, index);
      }
    } catch (Throwable t) { // the owner's to deal with, whoever it happened to
      fault = t;
    }
    if ((int) PENDING.getAndAdd(this, -1) == 1) {
      Thread sleeping = waiter;
      if (sleeping != null) {
        LockSupport.unpark(sleeping);
      }
    }
  }
}
