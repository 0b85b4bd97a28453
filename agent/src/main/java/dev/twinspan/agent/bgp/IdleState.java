package dev.twinspan.agent.bgp;

import org.jspecify.annotations.Nullable;

/** Nothing is tried until the wait after the last failure is over (DampPeerOscillations). */
record IdleState() implements FsmState {
  @Override
  public BgpState name() {
    return BgpState.IDLE;
  }

  @Override
  public long deadline(Fsm fsm) {
    return fsm.idleUntil();
  }

  @Override
  public @Nullable Step timer(Fsm fsm) {
    if (fsm.now() < fsm.idleUntil()) {
      return null;
    }
    if (fsm.dials()) {
      fsm.dial();
      return new Step(new ConnectState(), Reasons.dialling(fsm.peer()));
    }
    return new Step(new ActiveState(), Reasons.listening());
  }
}
