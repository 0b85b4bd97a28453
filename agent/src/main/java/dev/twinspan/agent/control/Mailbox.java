package dev.twinspan.agent.control;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What other threads ask of the control loop: a bounded queue of commands. */
class Mailbox {
  /** Far more than people and one HTTP server have under way at once. */
  private static final int CAPACITY = 256;

  private static final Runnable NOTHING = () -> {};

  private final ArrayBlockingQueue<Runnable> queue = new ArrayBlockingQueue<>(CAPACITY);

  /** Makes the loop take a turn. A full mailbox means that it is awake anyway. Any thread. */
  void wake() {
    boolean _ = queue.offer(NOTHING);
  }

  /** Runs {@code command} on the loop; completes exceptionally when too many wait. Any thread. */
  <T extends @Nullable Object> CompletableFuture<T> submit(Supplier<T> command) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    if (!queue.offer(() -> answer.complete(command.get()))) {
      answer.completeExceptionally(
          new IllegalStateException(
              "the control loop is busy, " + CAPACITY + " commands are waiting: try again"));
    }
    return answer;
  }

  /** The next command, waiting for it at most so long; null when none came. The loop's thread. */
  @Nullable Runnable take(long nanos) throws InterruptedException {
    return nanos > 0 ? queue.poll(nanos, TimeUnit.NANOSECONDS) : queue.poll();
  }
}
