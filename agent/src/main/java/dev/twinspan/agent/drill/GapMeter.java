package dev.twinspan.agent.drill;

import java.util.Collection;

/**
 * The longest time from a packet sent to the next one that came, over all tunnels of a connection,
 * as far as looks each 20 ms can tell.
 */
final class GapMeter {
  private long heardAt;

  /** The first packet known to be sent after {@link #heardAt}; 0: none. */
  private long openSince;

  private long longest;
  private boolean sent;
  private boolean heard;

  void look(long now, Collection<DrillSight> tunnels) {
    long lastSent = 0;
    long lastHeard = heardAt;
    for (DrillSight tunnel : tunnels) {
      lastSent = latest(tunnel.sentAt(), lastSent);
      lastHeard = latest(tunnel.heardAt(), lastHeard);
    }
    if (lastHeard != heardAt) {
      heard |= heardAt != 0;
      close(lastHeard);
      heardAt = lastHeard;
    }
    if (openSince == 0 && isAfter(lastSent, heardAt) && heardAt != 0) {
      openSince = lastSent;
      sent = true;
    }
    if (openSince != 0) {
      longest = Math.max(longest, now - openSince);
    }
  }

  private void close(long at) {
    if (openSince != 0) {
      longest = Math.max(longest, at - openSince);
      openSince = 0;
    }
  }

  /** Begins anew, in the middle of what goes on. */
  void mark() {
    longest = 0;
    sent = false;
    heard = false;
  }

  /** Nanoseconds. */
  long longest() {
    return longest;
  }

  /** Whether packets went both ways since the mark. */
  boolean twoWay() {
    return sent && heard;
  }

  private static boolean isAfter(long a, long b) {
    return a != 0 && (b == 0 || a - b > 0);
  }

  private static long latest(long a, long b) {
    return isAfter(a, b) ? a : b;
  }
}
