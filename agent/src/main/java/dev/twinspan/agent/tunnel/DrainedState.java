package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/**
 * The operator took the flows away and the tunnel is closed. The peer may open it again by itself;
 * then what it sends is received, and nothing is sent.
 */
record DrainedState() implements TunnelState {
  @Override
  public TunnelPhase phase() {
    return TunnelPhase.DRAINED;
  }

  @Override
  public @Nullable Step look(TunnelFsm fsm, long now, Sighting seen, Neighbours around) {
    return null;
  }
}
