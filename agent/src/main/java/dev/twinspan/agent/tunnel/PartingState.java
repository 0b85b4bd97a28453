package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/**
 * Drained, and the BGP peer is being told that the session ends: its Cease goes by the tunnel,
 * whose SAs must stand until the peer has it.
 */
record PartingState(long since) implements TunnelState {
  @Override
  public TunnelPhase phase() {
    return TunnelPhase.DRAINING;
  }

  @Override
  public @Nullable Step look(TunnelFsm fsm, long now, Sighting seen, Neighbours around) {
    // Nothing else is sent by the peer any more: what comes is TCP's answer to the Cease.
    boolean heard =
        Timing.after(seen.heardAt(), since) && now - seen.heardAt() >= Timing.PARTING_SETTLE;
    if (!heard && now - since < Timing.PARTING_LONGEST && seen.keyed()) {
      return null;
    }
    fsm.emit(new TunnelAction.Close(fsm.name()));
    return new Step(new DrainedState(), Reasons.drained());
  }
}
