package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.BgpMessage;
import dev.twinspan.agent.bgp.message.BgpMessage.Keepalive;
import org.jspecify.annotations.Nullable;

/** Both OPENs are fine; the peer's KEEPALIVE makes the session. */
record OpenConfirmState() implements FsmState {
  @Override
  public BgpState name() {
    return BgpState.OPEN_CONFIRM;
  }

  @Override
  public long deadline(Fsm fsm) {
    return fsm.sessionDeadline();
  }

  @Override
  public @Nullable Step timer(Fsm fsm) {
    return fsm.sessionTimer();
  }

  @Override
  public @Nullable Step message(Fsm fsm, BgpMessage message) {
    if (message instanceof Keepalive) {
      fsm.heard();
      return new Step(new EstablishedState(), Reasons.established());
    }
    return FsmState.super.message(fsm, message);
  }
}
