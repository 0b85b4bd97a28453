package dev.twinspan.datapath.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The descriptors of one loop take turns while any of them has more to do. Without it a descriptor
 * that is always readable would keep the loop to itself: Netty looks for readiness only when its
 * tasks are done or a second has passed (io.netty.eventexecutor.maxTaskProcessingQuantum), and a
 * duty that asks for another turn is a task.
 *
 * <p>A descriptor with nothing to read costs a busy round one system call. Loop thread only.
 */
final class Round {
  /** One that takes turns. */
  interface Member {
    /** Returns whether there is more to do. */
    boolean turn();
  }

  private final Executor loop;
  private final List<Member> members = new ArrayList<>();
  private final Runnable turns = this::turns;
  private boolean queued;

  Round(Executor loop) {
    this.loop = loop;
  }

  void join(Member member) {
    members.add(member);
  }

  /** Whether each descriptor gets a turn soon, readable or not. */
  boolean isQueued() {
    return queued;
  }

  /** One of them has more to do: a turn for each, behind what else the loop has to do. */
  void queue() {
    if (!queued) {
      queued = true;
      loop.execute(turns);
    }
  }

  private void turns() {
    queued = false;
    boolean more = false;
    for (Member member : members) {
      more |= member.turn();
    }
    if (more) {
      queue();
    }
  }
}
