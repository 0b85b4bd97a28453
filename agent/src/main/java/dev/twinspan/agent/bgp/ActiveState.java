package dev.twinspan.agent.bgp;

import org.jspecify.annotations.Nullable;

/** Listening, and dialling again when the connect-retry wait is over. */
record ActiveState() implements FsmState {
  @Override
  public BgpState name() {
    return BgpState.ACTIVE;
  }

  @Override
  public long deadline(Fsm fsm) {
    return fsm.dials() ? fsm.waitingUntil() : BgpContext.NEVER;
  }

  @Override
  public @Nullable Step timer(Fsm fsm) {
    if (!fsm.dials() || fsm.now() < fsm.waitingUntil()) {
      return null;
    }
    fsm.dial();
    return new Step(new ConnectState(), Reasons.dialling(fsm.peer()));
  }
}
