package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.BgpMessage;
import dev.twinspan.agent.bgp.message.BgpMessage.Open;
import dev.twinspan.agent.bgp.message.Notification;
import org.jspecify.annotations.Nullable;

/** Our OPEN is out; the peer's is awaited. */
record OpenSentState() implements FsmState {
  private static final int BAD_PEER_AS = 2;
  private static final int BAD_IDENTIFIER = 3;
  private static final int UNSUPPORTED_CAPABILITY = 7;

  @Override
  public BgpState name() {
    return BgpState.OPEN_SENT;
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
    fsm.goodbye(Notification.of(Notification.HOLD_TIMER_EXPIRED, 0));
    return new Step(new IdleState(), Reasons.noOpen());
  }

  @Override
  public @Nullable Step message(Fsm fsm, BgpMessage message) {
    return message instanceof Open open ? open(fsm, open) : FsmState.super.message(fsm, message);
  }

  private static @Nullable Step open(Fsm fsm, Open open) {
    BgpPeer peer = fsm.peer();
    if (open.asn() != peer.remoteAs()) {
      return refuse(fsm, BAD_PEER_AS, Reasons.wrongAs(open.asn(), peer.remoteAs()));
    }
    if (!peer.external() && open.identifier() == peer.identifier()) {
      // Between different ASes equal ones are allowed (RFC 6286).
      return refuse(fsm, BAD_IDENTIFIER, Reasons.sameIdentifier());
    }
    if (!fsm.agree(open)) {
      return refuse(fsm, UNSUPPORTED_CAPABILITY, Reasons.noCommonFamily());
    }
    if (!fsm.session().survivesCollision(fsm, open)) {
      fsm.goodbye(Notification.of(Notification.CEASE, Notification.COLLISION));
      return new Step(new IdleState(), Reasons.collision());
    }
    fsm.sendKeepalive();
    fsm.heard();
    return new Step(new OpenConfirmState(), Reasons.openAccepted(open.asn(), fsm.holdSeconds()));
  }

  private static Step refuse(Fsm fsm, int subcode, BgpReason reason) {
    fsm.goodbye(Notification.of(Notification.OPEN_ERROR, subcode));
    return new Step(new IdleState(), reason);
  }
}
