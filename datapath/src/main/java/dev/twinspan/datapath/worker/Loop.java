package dev.twinspan.datapath.worker;

import dev.twinspan.ffi.linux.ThreadPriority;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * One thread with an io_uring: sleeps until a descriptor is readable, then does its duty; or goes
 * on looking for a while first, so that what comes next does not wait until it is woken.
 */
public final class Loop {
  private static final int RING_ENTRIES = 64;
  private static final long STOP_SECONDS = 10;

  private final MultiThreadIoEventLoopGroup group;
  private final IoEventLoop loop;
  private final Round round;
  private final CompletableFuture<Void> failure;

  /**
   * @param name of the thread
   * @param busyPoll how long it goes on looking; zero: it sleeps at once
   * @param failure completed exceptionally when a duty throws
   */
  public Loop(String name, Duration busyPoll, CompletableFuture<Void> failure) {
    this.failure = failure;
    group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory(name), IoUringIoHandler.newFactory(RING_ENTRIES));
    loop = group.next();
    // A loop that has no task to wait for wakes each second to see (SCHEDULE_PURGE_INTERVAL).
    Future<?> _ = loop.scheduleAtFixedRate(() -> {}, 1, 1, TimeUnit.DAYS);
    round = new Round(loop, busyPoll);
  }

  /** Does the duty whenever the descriptor is readable. */
  public void watch(int fd, Duty duty) {
    Readiness.start(fd, duty, loop, round, failure::completeExceptionally);
  }

  /** What has the duty done, from any thread: for work that no descriptor tells of. */
  public Runnable onWake(Duty duty) {
    Wakeup wakeup = new Wakeup(loop, round, new Guarded(duty, failure::completeExceptionally));
    loop.submit(() -> round.join(wakeup)).syncUninterruptibly();
    return wakeup::wake;
  }

  /**
   * Sets the nice value of the thread; returns when that is done.
   *
   * @return 0, or the errno with which the kernel refused
   */
  public int nice(int value) {
    return CompletableFuture.supplyAsync(() -> ThreadPriority.set(value), loop).join();
  }

  /** Runs a task between two duties; done when it has run. */
  public CompletableFuture<Void> execute(Runnable task) {
    return CompletableFuture.runAsync(task, loop)
        .whenComplete(
            (_, fault) -> {
              if (fault != null) {
                failure.completeExceptionally(fault);
              }
            });
  }

  /** Ends the thread; returns when it has ended. */
  public void stop() {
    group.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS);
    group.terminationFuture().syncUninterruptibly();
  }
}
