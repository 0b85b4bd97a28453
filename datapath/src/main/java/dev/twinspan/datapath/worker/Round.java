package dev.twinspan.datapath.worker;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The descriptors of one loop take turns while any of them has more to do. Without it a descriptor
 * that is always readable would keep the loop to itself: Netty looks for readiness only when its
 * tasks are done or a second has passed (io.netty.eventexecutor.maxTaskProcessingQuantum), and a
 * duty that asks for another turn is a task.
 *
 * <p>A descriptor with nothing to read costs a busy round one system call. Loop thread only.
 *
 * <p>With busy polling the turns go on for a while after a descriptor was readable, other threads
 * let ahead in between. What is read meanwhile is told by the kernel as well, so that as long as
 * packets come more often than that the thread does not sleep.
 */
final class Round {
  /** One that takes turns. */
  interface Member {
    /** Returns whether there is more to do. */
    boolean turn();
  }

  private final EventExecutor loop;
  private final List<Member> members = new ArrayList<>();
  private final Runnable turns = this::turns;
  private final long lingerNanos;
  private long readableAt;
  private boolean queued;

  /**
   * @param busyPoll how long the turns go on for; zero: not at all
   */
  Round(EventExecutor loop, Duration busyPoll) {
    this.loop = loop;
    lingerNanos = busyPoll.toNanos();
  }

  void join(Member member) {
    members.add(member);
  }

  /** Whether each descriptor gets a turn soon, readable or not. */
  boolean isQueued() {
    return queued;
  }

  /** A descriptor was: what comes next may be seen without sleeping for it. */
  void wasReadable() {
    if (lingerNanos > 0 && !loop.isShuttingDown()) {
      readableAt = System.nanoTime();
      queue();
    }
  }

  /** One of them has more to do: a turn for each, behind what else the loop has to do. */
  void queue() {
    if (!queued) {
      queued = true;
      loop.execute(turns);
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // it is about others that want this processor
  private void turns() {
    queued = false;
    boolean more = false;
    for (Member member : members) {
      more |= member.turn();
    }
    if (more) {
      queue();
    } else if (lingerNanos > 0 && System.nanoTime() - readableAt < lingerNanos) {
      Thread.yield();
      queue();
    }
  }
}
