package dev.twinspan.agent.bgp;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What all parts of one engine share during a call: the time, the actions being collected,
 * randomness. Owned by the engine's thread.
 */
final class BgpContext {
  static final long NEVER = Long.MAX_VALUE;

  private final RandomGenerator random;
  private List<BgpAction> actions = new ArrayList<>();
  private long now;
  private long connections;

  BgpContext(RandomGenerator random) {
    this.random = random;
  }

  void begin(long time) {
    now = time;
  }

  long now() {
    return now;
  }

  long in(long nanos) {
    return now + nanos;
  }

  void emit(BgpAction action) {
    actions.add(action);
  }

  List<BgpAction> take() {
    List<BgpAction> taken = actions;
    actions = new ArrayList<>();
    return taken;
  }

  long newConnection() {
    return ++connections;
  }

  /**
   * Waits between attempts: doubling, each drawn from its upper half, so that many boxes that lost
   * one gateway do not come back in step, nor two that dial each other.
   */
  long backoff(int attempt) {
    long step =
        Math.min(Timing.LONGEST_WAIT, Timing.FIRST_WAIT << Math.min(Math.max(0, attempt), 8));
    return step / 2 + random.nextLong(step / 2 + 1);
  }
}
