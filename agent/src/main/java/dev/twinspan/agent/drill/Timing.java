package dev.twinspan.agent.drill;

/** Tuning: our choices, in nanoseconds. */
final class Timing {
  static final long MILLISECOND = 1_000_000L;
  static final long SECOND = 1_000 * MILLISECOND;

  /** How often the drill looks while one is under way. */
  static final long LOOK = 20 * MILLISECOND;

  /** The same while none is. */
  static final long LOOK_IDLE = SECOND;

  /** How long all tunnels of a connection must be healthy before one is drained. */
  static final long WATCH = 5 * SECOND;

  /** How long they may take to become so. */
  static final long PATIENCE = 120 * SECOND;

  /** Draining takes ten seconds at most, and what ends the BGP session one. */
  static final long LONGEST_DRAIN = 30 * SECOND;

  /** A handshake, BGP, and a peer that is slow about both. */
  static final long LONGEST_RETURN = 180 * SECOND;

  /** What is still measured once the tunnel is back. */
  static final long SETTLE = 3 * SECOND;

  /** Looks and answers are no more exact than this. */
  static final long TOLERANCE = 100 * MILLISECOND;

  private Timing() {}
}
