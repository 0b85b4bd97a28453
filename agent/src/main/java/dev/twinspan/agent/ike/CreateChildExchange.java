package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.Payload;
import java.util.List;

/** A CHILD SA for an IKE SA that has lost its own: RFC 7296 section 1.3.1. */
final class CreateChildExchange extends ChildExchange {
  CreateChildExchange(IkeContext context, IkeSa sa) {
    super(
        context,
        sa,
        sa.peer().config().policy().esp().getFirst(),
        sa.peer().config().localSelectors(),
        sa.peer().config().remoteSelectors());
  }

  @Override
  protected List<Payload> purpose() {
    return List.of();
  }

  @Override
  protected boolean isStillWanted() {
    return sa.peer().lacksChild();
  }

  @Override
  protected long sendFrom(byte[] lowestNonce) {
    return context.now();
  }

  @Override
  protected void made(ChildSa child) {}

  /** A fresh IKE SA is tried then, after the usual wait. */
  @Override
  protected void refused(int notifyType) {
    Failure failure = Faults.childRefused(config, Payloads.notify(notifyType));
    sa.peer().failed(failure);
    sa.close(failure.reason());
  }
}
