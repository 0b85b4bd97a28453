package dev.twinspan.agent.ike.crypto;

import dev.twinspan.agent.ike.crypto.IkeCrypto.KeyPair;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Ephemeral key pairs made ahead of need, so that the control loop does not stand still for the 2
 * to 15 ms one takes. At most {@link #CAPACITY} a group, and only of groups that were asked for;
 * each pair is handed out once.
 *
 * <p>Any thread may call. Pairs are made on the executor, at most one task a group at a time.
 */
public final class KeyPairPool implements AutoCloseable {
  /** Both tunnels of a connection rekeying at once, IKE and CHILD, want four. */
  static final int CAPACITY = 4;

  private final Function<DhGroup, KeyPair> maker;
  private final Executor executor;
  private final Map<DhGroup, Shelf> shelves = new EnumMap<>(DhGroup.class);
  private volatile boolean closed;

  private record Shelf(ArrayBlockingQueue<KeyPair> pairs, AtomicBoolean filling) {}

  /**
   * @param maker thread-safe
   */
  public KeyPairPool(Function<DhGroup, KeyPair> maker, Executor executor) {
    this.maker = maker;
    this.executor = executor;
    for (DhGroup group : DhGroup.values()) {
      shelves.put(group, new Shelf(new ArrayBlockingQueue<>(CAPACITY), new AtomicBoolean()));
    }
  }

  /** Starts filling up these groups: those of the configured policies. */
  public void prepare(Collection<DhGroup> groups) {
    groups.forEach(this::refill);
  }

  /** A pair if one is ready, and has its place filled again; null when there is none. */
  public @Nullable KeyPair poll(DhGroup group) {
    KeyPair pair = shelf(group).pairs.poll();
    refill(group);
    return pair;
  }

  /** Ready pairs of a group. */
  public int ready(DhGroup group) {
    return shelf(group).pairs.size();
  }

  /** Destroys what is ready; a pair still in the making is destroyed when it is done. */
  @Override
  public void close() {
    closed = true;
    shelves.values().forEach(KeyPairPool::empty);
  }

  private void refill(DhGroup group) {
    Shelf shelf = shelf(group);
    if (closed
        || shelf.pairs.remainingCapacity() == 0
        || !shelf.filling.compareAndSet(false, true)) {
      return;
    }
    try {
      executor.execute(() -> fill(group, shelf));
    } catch (RejectedExecutionException _) {
      // The executor is shutting down with the program: pairs are made on demand until the end.
      shelf.filling.set(false);
    }
  }

  private void fill(DhGroup group, Shelf shelf) {
    try {
      while (!closed && shelf.pairs.remainingCapacity() > 0) {
        shelf.pairs.add(maker.apply(group));
      }
    } finally {
      shelf.filling.set(false);
      if (closed) {
        empty(shelf);
      }
    }
  }

  private static void empty(Shelf shelf) {
    for (KeyPair pair = shelf.pairs.poll(); pair != null; pair = shelf.pairs.poll()) {
      pair.destroy();
    }
  }

  private Shelf shelf(DhGroup group) {
    Shelf shelf = shelves.get(group);
    if (shelf == null) {
      throw new IllegalStateException("no shelf for " + group);
    }
    return shelf;
  }
}
