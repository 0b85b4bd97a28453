package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/**
 * Its peer fell silent and its flows were moved. Its SAs stand: only the standard timeout deletes
 * them.
 *
 * @param askedAt when the question was asked whose answer did not come in time; 0: the loss is not
 *     counted against the tunnel
 */
record LostState(long since, long askedAt) implements TunnelState {
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
    if (Timing.after(seen.answeredAt(), since)) {
      long late = inquiry.late(seen.answeredAt());
      boolean falseAlarm = inquiry.begunAt() == askedAt && late < Timing.FALSE_ALARM;
      if (falseAlarm) {
        return heldForAnAlarm(fsm, now, late, around);
      }
      return fsm.held(now, around);
    }
    if (!inquiry.isOpen() && now - inquiry.begunAt() >= Timing.ASK_LOST) {
      inquiry.begin(now, fsm);
    }
    return null;
  }

  private static Step heldForAnAlarm(TunnelFsm fsm, long now, long late, Neighbours around) {
    long hold = fsm.holdDown().falseAlarm(now);
    if (!around.working()) {
      return new Step(new UpState(), Reasons.alone());
    }
    return new Step(HeldState.until(now + hold), Reasons.heldForAnAlarm(hold, late));
  }
}
