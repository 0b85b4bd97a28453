package dev.twinspan.datapath;

import dev.twinspan.ffi.linux.Errno;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One tunnel's counters; they outlive its SAs. {@code in} is written by the worker of WAN → LAN,
 * everything else by that of LAN → WAN; read by any thread.
 */
public final class TunnelCounters {
  private static final VarHandle LAST_ERRNO;

  static {
    try {
      LAST_ERRNO =
          MethodHandles.lookup().findVarHandle(TunnelCounters.class, "lastErrno", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int id;
  private final TrafficCounters in = new TrafficCounters();
  private final TrafficCounters out = new TrafficCounters();
  private int lastErrno;

  public TunnelCounters(int id) {
    this.id = id;
  }

  /** {@link TunnelPath#id}. */
  public int id() {
    return id;
  }

  public TrafficCounters in() {
    return in;
  }

  public TrafficCounters out() {
    return out;
  }

  /** errno of the last send the kernel refused; 0: none yet. */
  public int lastSendErrno() {
    return (int) LAST_ERRNO.getOpaque(this);
  }

  /** In words, or empty. */
  public String lastSendError() {
    int errno = lastSendErrno();
    return errno == 0 ? "" : Errno.describe(errno);
  }

  /** Owning worker only. */
  public void sendFailed(int errno) {
    LAST_ERRNO.setOpaque(this, errno);
  }
}
