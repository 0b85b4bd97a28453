package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/** Nothing to send on. */
record DownState() implements TunnelState {
  @Override
  public TunnelPhase phase() {
    return TunnelPhase.DOWN;
  }

  @Override
  public @Nullable Step look(TunnelFsm fsm, long now, Sighting seen, Neighbours around) {
    if (!seen.keyed()) {
      return null;
    }
    long hold = fsm.holdDown().length(now);
    return hold == 0
        ? new Step(new UpState(), Reasons.keyed())
        : new Step(HeldState.until(now + hold), Reasons.held(hold, fsm.holdDown().losses()));
  }
}
