package dev.twinspan.datapath.worker;

import java.util.function.Consumer;

/** A duty that is done until it throws, which is told once. Loop thread only. */
final class Guarded implements Duty {
  private final Duty duty;
  private final Consumer<Throwable> failed;
  private boolean over;

  Guarded(Duty duty, Consumer<Throwable> failed) {
    this.duty = duty;
    this.failed = failed;
  }

  @Override
  public boolean turn() {
    if (over) {
      return false;
    }
    try {
      return duty.turn();
    } catch (RuntimeException | Error e) {
      over = true;
      failed.accept(e);
      return false;
    }
  }
}
