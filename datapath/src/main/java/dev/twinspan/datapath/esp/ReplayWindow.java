package dev.twinspan.datapath.esp;

/**
 * The anti-replay window of one inbound SA: a ring of 64-bit blocks that is never shifted (RFC
 * 6479), with the high half of extended sequence numbers inferred as RFC 4303 appendix A2.2 says.
 *
 * <p>Use: {@link #infer} the full number from the 32 bits on the wire, {@link #check} before
 * decryption, {@link #update} after authentication. Owned by one worker.
 */
public final class ReplayWindow {
  public static final int OK = 0;
  public static final int SEEN = 1;
  public static final int OLD = 2;

  private static final int BLOCK_BITS = 64;
  private static final long LOW_HALF = 0xFFFF_FFFFL;

  private final long[] ring;
  private final int ringMask;
  private final int size;
  private final boolean esn;
  private long highest;
  private long missing;

  /**
   * @param size sequence numbers below the highest that are still accepted; a multiple of 64
   * @param highest number taken to have been received already; 0 for a new SA
   */
  public ReplayWindow(int size, boolean esn, long highest) {
    if (size < BLOCK_BITS || size % BLOCK_BITS != 0 || size > 1 << 20) {
      throw new IllegalArgumentException(
          "replay window " + size + ", expected a multiple of 64 from 64 to 1048576");
    }
    // One block more than the window: the block being entered is cleared as a whole.
    int blocks = Integer.highestOneBit(size / BLOCK_BITS) << 1;
    this.ring = new long[blocks];
    this.ringMask = blocks - 1;
    this.size = size;
    this.esn = esn;
    this.highest = highest;
    mark(highest);
  }

  public int size() {
    return size;
  }

  /** Highest number authenticated so far; 0: none. */
  public long highest() {
    return highest;
  }

  /**
   * Numbers below the highest that never came, so far: what was lost on the way, or is late. A leap
   * of more than the window is none of it: that is an outage, or a sender that skips numbers when
   * it takes over from another.
   */
  public long missing() {
    return missing;
  }

  /**
   * The full sequence number for the 32 bits on the wire; negative when with ESN it could only lie
   * before the SA's first packet.
   */
  public long infer(int wire) {
    long low = wire & LOW_HALF;
    if (!esn) {
      return low;
    }
    long top = highest & LOW_HALF;
    long high = highest >>> 32;
    long bottom = top - size + 1;
    if (bottom >= 0) { // Case A: the window lies in one subspace.
      return (low >= bottom ? high : high + 1) << 32 | low;
    }
    // Case B: it reaches back into the subspace before.
    return (low >= (bottom & LOW_HALF) ? high - 1 : high) << 32 | low;
  }

  /** Whether {@code sequence} may be accepted: {@link #OK}, {@link #SEEN} or {@link #OLD}. */
  public int check(long sequence) {
    if (sequence <= 0 || sequence + size <= highest) {
      return OLD;
    }
    if (sequence > highest) {
      return OK;
    }
    return (ring[block(sequence)] & bit(sequence)) == 0 ? OK : SEEN;
  }

  /** {@link #check}, and when it says OK the number counts as received from now on. */
  public int update(long sequence) {
    int verdict = check(sequence);
    if (verdict == OK) {
      if (sequence > highest) {
        advance(sequence);
      } else {
        missing--;
      }
      mark(sequence);
    }
    return verdict;
  }

  private void advance(long sequence) {
    long skipped = sequence - highest - 1;
    missing += skipped <= size ? skipped : 0;
    long from = highest >>> 6;
    long blocks = Math.min((sequence >>> 6) - from, ring.length);
    for (long i = 1; i <= blocks; i++) {
      ring[(int) (from + i) & ringMask] = 0;
    }
    highest = sequence;
  }

  private void mark(long sequence) {
    ring[block(sequence)] |= bit(sequence);
  }

  private int block(long sequence) {
    return (int) (sequence >>> 6) & ringMask;
  }

  private static long bit(long sequence) {
    return 1L << sequence; // shift distances are taken modulo 64
  }
}
