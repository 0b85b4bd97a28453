package dev.twinspan.agent.sim.appliance;

import java.util.concurrent.atomic.LongAdder;

/** What the stories of a run had in them, so that nobody trusts in what never happens. */
enum Tally {
  /** Packets that a box handed to its sibling. */
  FORWARDED,
  /** Drills that came to their end with nothing lost. */
  DRILLED,
  /** Tunnels that new flows were kept from for their loss. */
  SHUNNED,
  /** Flows that stayed on such a tunnel. */
  STAYED,
  /** Probes that came back. */
  PROBED,
  /** Packets that went by the second gateway. */
  BY_BACKUP;

  private final LongAdder count = new LongAdder();

  void add() {
    count.increment();
  }

  long count() {
    return count.sum();
  }
}
