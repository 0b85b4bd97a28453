package dev.twinspan.agent.bgp;

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
}
