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
  private final TrafficCounters in;
  private final TrafficCounters out;
  private int lastErrno;

  /** Whose traffic nobody is told of. */
  public TunnelCounters(int id) {
    this(id, () -> {});
  }

  /**
   * @param begins called by a worker when something is to pass after a pause of half a second or
   *     more, in either direction; must not block
   */
  public TunnelCounters(int id, Runnable begins) {
    this.id = id;
    in = new TrafficCounters(begins);
    out = new TrafficCounters(begins);
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
