package dev.twinspan.datapath.worker;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Has a duty done when another thread says so: however often it is said, one task waits at most,
 * and who says it while one waits pays for a look at a flag.
 */
final class Wakeup implements Round.Member {
  private final Executor loop;
  private final Round round;
  private final Guarded duty;
  private final AtomicBoolean queued = new AtomicBoolean();
  private final Runnable task = this::run;

  Wakeup(Executor loop, Round round, Guarded duty) {
    this.loop = loop;
    this.round = round;
    this.duty = duty;
  }

  /** Any thread. */
  void wake() {
    if (!queued.get() && queued.compareAndSet(false, true)) {
      try {
        loop.execute(task);
      } catch (RejectedExecutionException _) {
        return; // the loop has ended, and with it all there is to do
      }
    }
  }

  private void run() {
    queued.set(false); // before the duty looks: what comes later wakes again
    if (!round.isQueued() && turn()) {
      round.queue();
    }
  }

  @Override
  public boolean turn() {
    return duty.turn();
  }
}
