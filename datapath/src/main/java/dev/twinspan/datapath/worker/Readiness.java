package dev.twinspan.datapath.worker;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoOps;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link Duty} in a Netty io_uring loop whenever a descriptor becomes readable: one
 * multishot poll, armed again when the kernel says that it ended (io_uring_prep_poll_multishot(3)).
 * A duty that used up its budget goes on in a {@link Round} with the others of the loop.
 *
 * <p>Loop thread only, but for {@link #start}.
 */
final class Readiness implements IoUringIoHandle, Round.Member {
  // include/uapi/linux/io_uring.h
  private static final byte IORING_OP_POLL_ADD = 6;
  private static final byte IORING_OP_ASYNC_CANCEL = 14;
  private static final int IORING_POLL_ADD_MULTI = 1;
  private static final int IORING_CQE_F_MORE = 2;
  private static final int POLLIN = 1;

  private final int fd;
  private final Duty duty;
  private final Round round;
  private final Consumer<Throwable> failed;
  private @Nullable IoRegistration registration;
  private long poll;
  private boolean closed;

  private Readiness(int fd, Duty duty, Round round, Consumer<Throwable> failed) {
    this.fd = fd;
    this.duty = duty;
    this.round = round;
    this.failed = failed;
  }

  /**
   * Registers with the loop and returns when that is done. The descriptor must stay open until the
   * loop has ended.
   *
   * @param round of this loop
   * @param failed told when the duty threw or the poll was refused; the duty is not run again
   */
  static void start(int fd, Duty duty, IoEventLoop loop, Round round, Consumer<Throwable> failed) {
    Readiness readiness = new Readiness(fd, duty, round, failed);
    IoRegistration registration = loop.register(readiness).syncUninterruptibly().getNow();
    loop.submit(() -> readiness.join(registration)).syncUninterruptibly();
  }

  private void join(IoRegistration with) {
    round.join(this);
    arm(with);
  }

  private void arm(IoRegistration with) {
    registration = with;
    poll =
        with.submit(
            new IoUringIoOps(
                IORING_OP_POLL_ADD,
                (byte) 0,
                (short) 0,
                fd,
                0L,
                0L,
                IORING_POLL_ADD_MULTI,
                POLLIN,
                (short) 0,
                (short) 0,
                (short) 0,
                0,
                0L));
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    IoUringIoEvent completion = (IoUringIoEvent) event;
    if (closed || completion.opcode() != IORING_OP_POLL_ADD) {
      return;
    }
    if (completion.res() < 0) {
      fail(new IllegalStateException("poll of descriptor " + fd + ": errno " + -completion.res()));
      return;
    }
    if (!round.isQueued() && turn()) {
      round.queue();
    }
    round.wasReadable();
    if ((completion.flags() & IORING_CQE_F_MORE) == 0 && !closed) {
      arm(from);
    }
  }

  @Override
  public boolean turn() {
    if (closed) {
      return false;
    }
    try {
      return duty.turn();
    } catch (RuntimeException | Error e) {
      fail(e);
      return false;
    }
  }

  private void fail(Throwable cause) {
    close();
    failed.accept(cause);
  }

  @Override
  public void close() {
    IoRegistration with = registration;
    if (closed || with == null) {
      return;
    }
    closed = true;
    with.submit(
        new IoUringIoOps(
            IORING_OP_ASYNC_CANCEL,
            (byte) 0,
            (short) 0,
            -1,
            0L,
            poll,
            0,
            0,
            (short) 0,
            (short) 0,
            (short) 0,
            0,
            0L));
    with.cancel();
  }
}
