package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/**
 * The operator took the flows away; the SAs go when what was sent is out and, where the peer could
 * be told by BGP to send elsewhere, nothing comes in any more.
 *
 * @param spoken whether it was told
 */
record DrainingState(long since, boolean spoken) implements TunnelState {
  @Override
  public TunnelPhase phase() {
    return TunnelPhase.DRAINING;
  }

  @Override
  public @Nullable Step look(TunnelFsm fsm, long now, Sighting seen, Neighbours around) {
    long quietSince = Timing.latest(seen.sentAt(), since);
    if (spoken) {
      quietSince = Timing.latest(seen.heardAt(), quietSince);
    }
    long longest = spoken ? Timing.DRAIN_LONGEST_SPOKEN : Timing.DRAIN_LONGEST;
    boolean out = now - quietSince >= Timing.DRAIN_SETTLE || now - since >= longest;
    if (!out && seen.keyed()) {
      return null;
    }
    if (spoken && seen.keyed()) {
      fsm.emit(new TunnelAction.Farewell(fsm.name()));
      return new Step(new PartingState(now), Reasons.parting());
    }
    fsm.emit(new TunnelAction.Close(fsm.name()));
    return new Step(new DrainedState(), Reasons.drained());
  }
}
