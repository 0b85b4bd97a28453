package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/**
 * Its flows were moved. Its SAs stand: only the standard timeout deletes them.
 *
 * @param espOnly IKE answers and ESP does not come: only ESP proves the contrary
 * @param trialAt when it is tried again, since without flows no ESP comes; 0: it is not
 */
record LostState(long since, boolean espOnly, long trialAt) implements TunnelState {
  @Override
  public TunnelPhase phase() {
    return TunnelPhase.LOST;
  }

  @Override
  public @Nullable Step look(TunnelFsm fsm, long now, Sighting seen, Neighbours around) {
    if (!seen.keyed()) {
      return fsm.down(now);
    }
    Inquiry inquiry = fsm.inquiry();
    if (espOnly) {
      return works(now, seen) ? held(fsm, now) : null;
    }
    if (Timing.after(seen.answeredAt(), since)) {
      return held(fsm, now);
    }
    if (!inquiry.isOpen() && now - inquiry.begunAt() >= Timing.ASK_LOST) {
      inquiry.begin(now, fsm);
    }
    return null;
  }

  private boolean works(long now, Sighting seen) {
    return Timing.after(seen.heardAt(), since) || trialAt != 0 && now - trialAt >= 0;
  }

  private static Step held(TunnelFsm fsm, long now) {
    long hold = fsm.holdDown().length(now);
    return new Step(HeldState.until(now + hold), Reasons.held(hold, fsm.holdDown().losses()));
  }
}
