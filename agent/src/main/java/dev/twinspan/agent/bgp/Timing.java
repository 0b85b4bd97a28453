package dev.twinspan.agent.bgp;

/** Times in nanoseconds. */
final class Timing {
  static final long SECOND = 1_000_000_000L;
  static final long MILLISECOND = 1_000_000L;

  /** A connection through a tunnel comes within a round trip or is not to come. */
  static final long CONNECT = 5 * SECOND;

  /**
   * For the peer's OPEN. RFC 4271 proposes 4 minutes; what answers TCP and says nothing for half a
   * minute has no BGP, and a fresh connection may fare better.
   */
  static final long OPEN = 30 * SECOND;

  /** Two connections begun within this time of each other collide; later ones replace. */
  static final long COLLISION = 5 * SECOND;

  /** A session that held this long starts its waits anew. */
  static final long STABLE = 60 * SECOND;

  /** First and longest wait before the next attempt. */
  static final long FIRST_WAIT = 500 * MILLISECOND;

  static final long LONGEST_WAIT = 30 * SECOND;

  /** After too many prefixes: Azure, too, lets a session come back by itself. */
  static final long LIMIT_WAIT = 60 * SECOND;

  /** Routes are kept for a restarting peer no longer than this, whatever it asks for. */
  static final long LONGEST_RESTART = 180 * SECOND;

  /**
   * For a peer that restarted, is back and kept forwarding to tell its routes: it may wait for
   * others first. As long as FRR keeps stale paths.
   */
  static final long LONGEST_STALE = 360 * SECOND;

  /** For the far end's TCP to refuse what it does not know, at some lost packets. */
  static final long DOUBT = 10 * SECOND;

  /** For a stranger in a known peer's place to tell its routes. */
  static final long STRANGER_TELLS = 30 * SECOND;

  private Timing() {}
}
