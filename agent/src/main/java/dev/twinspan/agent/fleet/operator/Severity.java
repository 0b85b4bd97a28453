package dev.twinspan.agent.fleet.operator;

import java.util.Locale;

/** How badly a box wants somebody's eye, worst first; the fleet page has the same words. */
public enum Severity {
  /** It went without a word. */
  LOST,
  /** It is there, and none of its tunnels carries. */
  DOWN,
  /** A tunnel does not carry, a BGP session is not established, or the doctor finds a problem. */
  DEGRADED,
  /** A tunnel is suspect or held, or loses more than one packet in a hundred. */
  SUSPECT,
  /** It said goodbye. */
  AWAY,
  /** It is there, and has not told how it is since we listen. */
  UNKNOWN,
  WELL;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
