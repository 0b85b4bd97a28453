package dev.twinspan.datapath.forward;

import java.util.Arrays;

/** Builds a {@link PrefixTrie} from prefixes in the order of their addresses. Used once. */
final class PrefixTrieBuilder {
  /** A prefix: address bits left-aligned in 128, zero behind {@code length}. */
  record Prefix(long high, long low, int length, int value) implements Comparable<Prefix> {
    @Override
    public int compareTo(Prefix o) {
      int byHigh = Long.compareUnsigned(high, o.high);
      int byLow = byHigh != 0 ? byHigh : Long.compareUnsigned(low, o.low);
      return byLow != 0 ? byLow : Integer.compare(length, o.length);
    }

    /** The 6 bits a node at that depth decides. */
    int way(int depth) {
      int shift = Long.SIZE - PrefixTrie.STRIDE;
      long bits;
      if (depth == 0) {
        bits = high;
      } else if (depth < Long.SIZE) {
        bits = high << depth | low >>> (Long.SIZE - depth);
      } else {
        bits = low << (depth - Long.SIZE);
      }
      return (int) (bits >>> shift);
    }
  }

  private static final int WAYS = 1 << PrefixTrie.STRIDE;

  private final Prefix[] prefixes;
  private long[] branches = new long[64];
  private long[] leafStarts = new long[64];
  private int[] firstChild = new int[64];
  private int[] firstLeaf = new int[64];
  private int[] leaves = new int[256];
  private int nodes;
  private int leafCount;

  /** The array is sorted in place. */
  PrefixTrieBuilder(Prefix[] prefixes) {
    this.prefixes = prefixes;
    Arrays.sort(prefixes);
  }

  PrefixTrie build() {
    int everything =
        prefixes.length > 0 && prefixes[0].length == 0 ? prefixes[0].value : PrefixTrie.MISS;
    fill(allocate(1), 0, prefixes.length, 0, everything);
    return new PrefixTrie(
        Arrays.copyOf(branches, nodes),
        Arrays.copyOf(leafStarts, nodes),
        Arrays.copyOf(firstChild, nodes),
        Arrays.copyOf(firstLeaf, nodes),
        Arrays.copyOf(leaves, leafCount));
  }

  private int allocate(int n) {
    int first = nodes;
    nodes += n;
    if (nodes > branches.length) {
      int size = Math.max(nodes, branches.length * 2);
      branches = Arrays.copyOf(branches, size);
      leafStarts = Arrays.copyOf(leafStarts, size);
      firstChild = Arrays.copyOf(firstChild, size);
      firstLeaf = Arrays.copyOf(firstLeaf, size);
    }
    return first;
  }

  /**
   * Fills one node.
   *
   * @param from first of the prefixes that start with the bits of the way to here
   * @param to behind the last of them
   * @param inherited value of the longest prefix that covers the whole node
   */
  private void fill(int node, int from, int to, int depth, int inherited) {
    int[] value = new int[WAYS];
    int[] longest = new int[WAYS];
    Arrays.fill(value, inherited);
    long branch = 0;
    for (int i = from; i < to; i++) {
      Prefix p = prefixes[i];
      if (p.length <= depth) {
        continue;
      }
      int way = p.way(depth);
      if (p.length > depth + PrefixTrie.STRIDE) {
        branch |= 1L << way;
        continue;
      }
      int end = way + (1 << (depth + PrefixTrie.STRIDE - p.length));
      for (int w = way; w < end; w++) {
        if (p.length > longest[w]) {
          longest[w] = p.length;
          value[w] = p.value;
        }
      }
    }
    branches[node] = branch;
    addLeaves(node, branch, value);
    addChildren(node, from, to, depth, branch, value);
  }

  /** A leaf per run of equal values among the ways that do not lead on. */
  private void addLeaves(int node, long branch, int[] value) {
    firstLeaf[node] = leafCount;
    long starts = 0;
    boolean first = true;
    int last = 0;
    for (int w = 0; w < WAYS; w++) {
      if ((branch >>> w & 1) != 0 || (!first && value[w] == last)) {
        continue;
      }
      if (leafCount == leaves.length) {
        leaves = Arrays.copyOf(leaves, leafCount * 2);
      }
      starts |= 1L << w;
      last = value[w];
      leaves[leafCount++] = last;
      first = false;
    }
    leafStarts[node] = starts;
  }

  private void addChildren(int node, int from, int to, int depth, long branch, int[] value) {
    int child = allocate(Long.bitCount(branch));
    firstChild[node] = child;
    int at = from;
    for (long rest = branch; rest != 0; rest &= rest - 1) {
      int way = Long.numberOfTrailingZeros(rest);
      while (!leadsOn(prefixes[at], depth, way)) {
        at++;
      }
      int end = at;
      while (end < to && prefixes[end].way(depth) == way) {
        end++;
      }
      fill(child++, at, end, depth + PrefixTrie.STRIDE, value[way]);
      at = end;
    }
  }

  private static boolean leadsOn(Prefix p, int depth, int way) {
    return p.length > depth + PrefixTrie.STRIDE && p.way(depth) == way;
  }
}
