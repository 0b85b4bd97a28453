package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/** The peer announced that the tunnel will go: its flows go first. */
record LeavingState() implements TunnelState {
  @Override
  public TunnelPhase phase() {
    return TunnelPhase.LEAVING;
  }

  @Override
  public @Nullable Step look(TunnelFsm fsm, long now, Sighting seen, Neighbours around) {
    return seen.keyed() ? null : new Step(new DownState(), Reasons.noSa());
  }
}
