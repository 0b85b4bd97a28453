package dev.twinspan.datapath.forward;

/**
 * Longest-prefix match in a poptrie (Asai and Ohara, SIGCOMM 2015): each node decides 6 bits, says
 * in one bit map which of the 64 ways lead on and in another where a new leaf begins, and finds
 * either by counting bits. A lookup takes at most 6 steps for IPv4 and 22 for IPv6 and touches one
 * or two cache lines in each.
 *
 * <p>Immutable once built; lookups allocate nothing. Keys are 128 bits; an IPv4 address is the
 * upper 32 of {@code high}.
 */
final class PrefixTrie {
  static final int STRIDE = 6;

  /** No prefix covers the key. */
  static final int MISS = -1;

  private final long[] branches;
  private final long[] leafStarts;
  private final int[] firstChild;
  private final int[] firstLeaf;
  private final int[] leaves;

  PrefixTrie(long[] branches, long[] leafStarts, int[] firstChild, int[] firstLeaf, int[] leaves) {
    this.branches = branches;
    this.leafStarts = leafStarts;
    this.firstChild = firstChild;
    this.firstLeaf = firstLeaf;
    this.leaves = leaves;
  }

  /** The value of the longest prefix that covers the key, or {@link #MISS}. */
  int lookup(long high, long low) {
    long h = high;
    long l = low;
    int node = 0;
    while (true) {
      int way = (int) (h >>> (Long.SIZE - STRIDE));
      long upToWay = (2L << way) - 1;
      long branch = branches[node];
      if ((branch >>> way & 1) == 0) {
        return leaves[firstLeaf[node] + Long.bitCount(leafStarts[node] & upToWay) - 1];
      }
      node = firstChild[node] + Long.bitCount(branch & upToWay) - 1;
      h = h << STRIDE | l >>> (Long.SIZE - STRIDE);
      l <<= STRIDE;
    }
  }
}
