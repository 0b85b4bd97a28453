package dev.twinspan.agent.bgp;

import dev.twinspan.agent.bgp.message.BgpMessage.Update;
import java.util.List;
import java.util.random.RandomGenerator;

/** Plants bugs: for the simulators. */
public final class BgpProbe {
  private BgpProbe() {}

  /** A speaker that keeps the routes of a session that is over. */
  public static BgpEngine neverWithdraws(RandomGenerator random) {
    return new BgpEngine(
        random,
        new Rib() {
          @Override
          void down(String peer) {}
        });
  }

  /** The same, and what a peer withdraws it keeps, too. */
  public static BgpEngine neverForgets(RandomGenerator random) {
    return new BgpEngine(
        random,
        new Rib() {
          @Override
          void down(String peer) {}

          @Override
          Outcome update(BgpPeer peer, Update update) {
            return update.withdrawn().isEmpty()
                ? super.update(peer, update)
                : new Outcome(false, List.of());
          }
        });
  }
}
