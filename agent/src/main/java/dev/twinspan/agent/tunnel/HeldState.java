package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/**
 * Works again, and must do so without a break until its hold-down is over.
 *
 * @param until when it gets flows again; 0: now
 */
record HeldState(long until) implements TunnelState {
  static HeldState until(long until) {
    return new HeldState(until);
  }

  @Override
  public TunnelPhase phase() {
    return TunnelPhase.HELD;
  }

  @Override
  public @Nullable Step look(TunnelFsm fsm, long now, Sighting seen, Neighbours around) {
    if (!seen.keyed()) {
      return new Step(new DownState(), Reasons.noSa());
    }
    Inquiry inquiry = fsm.inquiry();
    if (inquiry.isOpen()) {
      long unanswered = inquiry.unanswered(now);
      // Where others are no better, giving it up gains nothing.
      long patience = around.alternative() ? Timing.PATIENCE_HELD : Timing.PATIENCE_UNHURRIED;
      if (unanswered >= Math.max(patience, inquiry.verdict())) {
        if (fsm.holdDown().losses() == 0) {
          // It was held for a false alarm; this is none.
          fsm.holdDown().lost(now);
        }
        return new Step(new LostState(now, 0), Reasons.lostWhileHeld(unanswered));
      }
      return null;
    }
    if (!around.working()) {
      return new Step(new UpState(), Reasons.alone());
    }
    if (until == 0 || now - until >= 0) {
      return new Step(new UpState(), Reasons.holdDownOver());
    }
    if (now - inquiry.begunAt() >= Timing.ASK_HELD) {
      inquiry.begin(now, fsm);
    }
    return null;
  }
}
