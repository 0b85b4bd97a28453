package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.message.Payload;
import dev.twinspan.agent.ike.message.TrafficSelector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A CHILD SA for one pair of a policy-based peer: RFC 7296 section 1.3.1. */
final class PairExchange extends ChildExchange {
  private final int pair;

  PairExchange(IkeContext context, IkeSa sa, int pair) {
    super(
        context,
        sa,
        sa.peer().config().policy().esp().getFirst(),
        List.of(sa.peer().pairs().get(pair).local()),
        List.of(sa.peer().pairs().get(pair).remote()));
    this.pair = pair;
  }

  @Override
  protected List<Payload> purpose() {
    return List.of();
  }

  @Override
  protected boolean isStillWanted() {
    return sa.peer().pairs().lacks(sa, pair);
  }

  @Override
  protected PairSelectors.@Nullable Agreed agreed(
      List<TrafficSelector> local, List<TrafficSelector> remote) {
    return PairSelectors.agreed(config, sa.peer().pairs().get(pair), local, remote);
  }

  @Override
  protected long sendFrom(byte[] lowestNonce) {
    return context.now();
  }

  @Override
  protected void made(ChildSa child) {}

  @Override
  protected void refused(int notifyType) {
    sa.peer().pairs().refused(sa, pair, notifyType);
  }
}
