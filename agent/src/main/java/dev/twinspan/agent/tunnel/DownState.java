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
    return fsm.holdDown().length(now) == 0
        ? new Step(new UpState(), Reasons.keyed())
        : fsm.held(now, around);
  }
}
