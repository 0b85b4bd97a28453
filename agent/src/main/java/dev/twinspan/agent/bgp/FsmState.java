package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.BgpMessage;
import dev.twinspan.agent.bgp.message.Notification;
import org.jspecify.annotations.Nullable;

/**
 * A state of RFC 4271 section 8.2.2. Without data of its own: that is in {@link Fsm}. Each event
 * returns the step it leads to, or null to stay.
 */
sealed interface FsmState
    permits IdleState,
        ConnectState,
        ActiveState,
        OpenSentState,
        OpenConfirmState,
        EstablishedState {
  BgpState name();

  /** When {@link #timer} is wanted next; {@link BgpContext#NEVER}. */
  long deadline(Fsm fsm);

  @Nullable Step timer(Fsm fsm);

  /** The connection we dialled is there. */
  default @Nullable Step connected(Fsm fsm) {
    return null;
  }

  /** The connection is gone, without our doing. */
  default @Nullable Step closed(Fsm fsm, String why) {
    return new Step(new IdleState(), Reasons.connectionLost(why));
  }

  default @Nullable Step message(Fsm fsm, BgpMessage message) {
    if (message instanceof Notification notification) {
      fsm.peerSaidGoodbye();
      return new Step(new IdleState(), Reasons.received(notification));
    }
    String what = message.getClass().getSimpleName();
    fsm.goodbye(Notification.of(Notification.FSM_ERROR, Math.max(0, name().ordinal() - 2)));
    return new Step(new IdleState(), Reasons.unexpected(what, name()));
  }
}
