package dev.twinspan.agent.bgp;

import org.jspecify.annotations.Nullable;

/** TCP is being asked for. */
record ConnectState() implements FsmState {
  @Override
  public BgpState name() {
    return BgpState.CONNECT;
  }

  @Override
  public long deadline(Fsm fsm) {
    return fsm.waitingUntil();
  }

  @Override
  public @Nullable Step timer(Fsm fsm) {
    if (fsm.now() < fsm.waitingUntil()) {
      return null;
    }
    fsm.hangUp();
    fsm.retryLater();
    return new Step(new ActiveState(), Reasons.connectTimedOut());
  }

  @Override
  public Step connected(Fsm fsm) {
    fsm.sendOpen();
    return new Step(new OpenSentState(), Reasons.connected(true));
  }

  @Override
  public Step closed(Fsm fsm, String why) {
    fsm.retryLater();
    return new Step(new ActiveState(), Reasons.connectFailed(why));
  }
}
