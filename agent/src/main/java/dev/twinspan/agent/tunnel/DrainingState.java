package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/** The operator took the flows away; the SAs go when what was sent is out. */
record DrainingState(long since) implements TunnelState {
  @Override
  public TunnelPhase phase() {
    return TunnelPhase.DRAINING;
  }

  @Override
  public @Nullable Step look(TunnelFsm fsm, long now, Sighting seen, Neighbours around) {
    long quietSince = Timing.latest(seen.sentAt(), since);
    boolean out = now - quietSince >= Timing.DRAIN_SETTLE || now - since >= Timing.DRAIN_LONGEST;
    if (!out) {
      return null;
    }
    fsm.emit(new TunnelAction.Close(fsm.name()));
    return new Step(new DrainedState(), Reasons.drained());
  }
}
