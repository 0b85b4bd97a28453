package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.BgpMessage;
import dev.twinspan.agent.bgp.message.BgpMessage.Keepalive;
import dev.twinspan.agent.bgp.message.BgpMessage.RouteRefresh;
import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import org.jspecify.annotations.Nullable;

/** Routes are exchanged. */
record EstablishedState() implements FsmState {
  @Override
  public BgpState name() {
    return BgpState.ESTABLISHED;
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
    return switch (message) {
      case Keepalive _ -> {
        fsm.heard();
        yield null;
      }
      case Update update -> {
        fsm.heard();
        yield fsm.session().update(fsm, update);
      }
      case RouteRefresh refresh -> {
        fsm.heard();
        fsm.session().refresh(fsm, refresh);
        yield null;
      }
      default -> FsmState.super.message(fsm, message);
    };
  }
}
