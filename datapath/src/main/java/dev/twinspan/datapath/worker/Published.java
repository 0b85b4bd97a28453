package dev.twinspan.datapath.worker;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The one place where the control thread hands a generation to the workers. */
public final class Published {
  private static final VarHandle LATEST;

  static {
    try {
      LATEST = MethodHandles.lookup().findVarHandle(Published.class, "latest", Generation.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private Generation latest = Generation.EMPTY;

  /** Control thread: one release store. */
  public void set(Generation next) {
    LATEST.setRelease(this, next);
  }

  /** Workers, between two batches. */
  Generation get() {
    return (Generation) LATEST.getAcquire(this);
  }
}
