package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/** The peer was asked and has not answered in time; flows stay until it has missed more. */
record SuspectState() implements TunnelState {
  @Override
  public TunnelPhase phase() {
    return TunnelPhase.SUSPECT;
  }

  @Override
  public @Nullable Step look(TunnelFsm fsm, long now, Sighting seen, Neighbours around) {
    if (!seen.keyed()) {
      return fsm.down(now);
    }
    Inquiry inquiry = fsm.inquiry();
    if (!inquiry.isOpen()) {
      return new Step(new UpState(), Reasons.answered(inquiry.roundTrip()));
    }
    long unanswered = inquiry.unanswered(now);
    if (unanswered < patience(fsm, seen, around)) {
      return null;
    }
    return fsm.lost(now, Reasons.unanswered(unanswered, fsm.silence().length()), false);
  }

  private static long patience(TunnelFsm fsm, Sighting seen, Neighbours around) {
    Inquiry inquiry = fsm.inquiry();
    boolean idle = !Timing.after(seen.sentAt(), inquiry.begunAt() - Timing.ACTIVE);
    if (idle || !around.alternative()) {
      return Timing.PATIENCE_UNHURRIED;
    }
    boolean silent = fsm.silence().length() >= fsm.silence().threshold(inquiry.roundTrip());
    return silent ? inquiry.verdict() : Timing.PATIENCE_WHILE_HEARD * inquiry.verdict();
  }

  @Override
  public boolean restless() {
    return true;
  }
}
