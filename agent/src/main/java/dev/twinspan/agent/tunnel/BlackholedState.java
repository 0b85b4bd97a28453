package dev.twinspan.agent.tunnel;

import org.jspecify.annotations.Nullable;

/**
 * IKE answers and ESP does not come: only ESP proves the contrary. Its flows were moved; where no
 * other tunnel works they go by this one nevertheless, since a doubtful tunnel is better than none.
 *
 * @param trialAt when it is tried again, since without flows no ESP comes
 * @param lastResort whether it is the best there is
 */
record BlackholedState(long since, long trialAt, boolean lastResort) implements TunnelState {
  @Override
  public TunnelPhase phase() {
    return TunnelPhase.LOST;
  }

  @Override
  public @Nullable Step look(TunnelFsm fsm, long now, Sighting seen, Neighbours around) {
    if (!seen.keyed()) {
      return fsm.down(now);
    }
    if (Timing.after(seen.heardAt(), since) || now - trialAt >= 0) {
      return fsm.held(now, around);
    }
    boolean needed = !around.working();
    if (needed == lastResort) {
      return null;
    }
    return new Step(
        new BlackholedState(since, trialAt, needed),
        needed ? Reasons.lastResort() : Reasons.relieved());
  }
}
