package dev.twinspan.datapath.worker;

/**
 * When a packet from the LAN is to carry a congestion mark because of us: the queue in front of
 * {@link Outbound} is the kernel's (the TUN's, 500 super-packets), and it does not tell how full it
 * is, but a read that finds nothing tells that it was empty. A queue that was empty within the last
 * {@value #INTERVAL_MILLIS} ms took up a burst and did its work; one that was not holds packets
 * back for as long as the senders keep it full. Then one packet is marked, and as long as that does
 * not help, more and more often: the control law of CoDel (RFC 8289 section 5.4) over the time that
 * its section 3.2 calls a good estimate of the round trip.
 *
 * <p>Packets of flows without ECN are left alone: what has no room in the queue is dropped there.
 * Owned by one worker; allocates nothing.
 */
final class Backlog {
  private static final int INTERVAL_MILLIS = 100;

  private static final long INTERVAL = INTERVAL_MILLIS * 1_000_000L;

  /** So soon after the last time it goes on from where it was: RFC 8289 section 5.4. */
  private static final long SOON = 16 * INTERVAL;

  /** When the queue was empty last. */
  private long emptyAt;

  private boolean empty = true;
  private boolean marking;

  /** Marks since {@link #marking} began, and how many there were when it began. */
  private int count;

  private int countBefore;
  private long nextAt;

  /** A turn begins: until now nothing has come since the queue was {@link #empty}. */
  void turn(long now) {
    if (empty) {
      emptyAt = now;
      empty = false;
    }
  }

  /** The queue was found empty: until the next turn it stays so. */
  void empty() {
    empty = true;
    marking = false;
  }

  /** Whether the packet that was read is to be marked; to be asked of each that can carry one. */
  boolean marks(long now) {
    return now - emptyAt >= INTERVAL && due(now);
  }

  private boolean due(long now) {
    if (!marking) {
      marking = true;
      int more = count - countBefore;
      count = more > 1 && now - nextAt < SOON ? more : 1;
      countBefore = count;
      nextAt = now;
    } else if (now - nextAt < 0) {
      return false;
    } else {
      count++;
    }
    nextAt += (long) (INTERVAL / Math.sqrt(count));
    return true;
  }
}
