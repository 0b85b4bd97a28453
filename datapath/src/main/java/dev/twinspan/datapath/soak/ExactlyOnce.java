package dev.twinspan.datapath.soak;

/** Which numbers of a flow have come: each must, and none twice, in whatever order. */
final class ExactlyOnce {
  /** More than a wire may delay. */
  private static final int SIZE = 1 << 16;

  private final long[] seen = new long[SIZE / Long.SIZE];

  /** All below have come; a multiple of 64. */
  private long base;

  private long arrived;

  /**
   * @param first number, a multiple of 64
   */
  ExactlyOnce(long first) {
    base = first;
  }

  /** The full number for its lowest bits. */
  long unwrap(long low, long mask) {
    return base + (low - base & mask);
  }

  /** False when it was here before, or can be none of those that are under way. */
  boolean arrive(long number) {
    if (number < base || number >= base + SIZE) {
      return false;
    }
    int word = (int) (number / Long.SIZE) % seen.length;
    long bit = 1L << number;
    if ((seen[word] & bit) != 0) {
      return false;
    }
    seen[word] |= bit;
    arrived++;
    while (seen[(int) (base / Long.SIZE) % seen.length] == -1L) {
      seen[(int) (base / Long.SIZE) % seen.length] = 0;
      base += Long.SIZE;
    }
    return true;
  }

  long arrived() {
    return arrived;
  }
}
