package dev.twinspan.datapath.forward;

import java.util.Arrays;

/**
 * Resilient hashing: a fixed table of buckets, each naming a tunnel. A flow's bucket never changes;
 * what a bucket names changes only when its tunnel dies, or when a returning tunnel takes back its
 * share (DESIGN: flow affinity).
 *
 * <p>A tunnel that loses packets but lives is {@link #shun}ned: its buckets name others from then
 * on, but the flows that were in them stay where they are ({@link #stays}, {@link FlowMemory}); and
 * likewise when it is {@link #readmit}ted.
 *
 * <p>Immutable; {@link #without} and {@link #with} give the next table. All are pure functions: the
 * same calls give the same tables.
 *
 * @param name for status, e.g. the connection's name
 * @param buckets tunnel id per bucket, {@link #BUCKETS} of them; {@link #NONE} everywhere when no
 *     tunnel is usable; never written after construction
 * @param stays per bucket a second tunnel on which flows that use it may stay; {@link #NONE}: none;
 *     never written after construction
 */
public record EcmpGroup(String name, short[] buckets, short[] stays) {
  public static final int BUCKETS = 256;

  /** No tunnel. */
  public static final short NONE = -1;

  public EcmpGroup {
    if (buckets.length != BUCKETS || stays.length != BUCKETS) {
      throw new IllegalArgumentException(
          "group %s has %d buckets and %d to stay on, expected %d of each"
              .formatted(name, buckets.length, stays.length, BUCKETS));
    }
  }

  /** No flow stays anywhere but where its bucket says. */
  public EcmpGroup(String name, short[] buckets) {
    this(name, buckets, none());
  }

  private static short[] none() {
    short[] none = new short[BUCKETS];
    Arrays.fill(none, NONE);
    return none;
  }

  /** No usable tunnel yet. */
  public static EcmpGroup empty(String name) {
    return new EcmpGroup(name, none());
  }

  /** Equal shares. */
  public static EcmpGroup of(String name, int... tunnels) {
    int[] weights = new int[tunnels.length];
    Arrays.fill(weights, 1);
    return of(name, tunnels, weights);
  }

  /** Shares in proportion to the weights, which are positive; a lone tunnel gets everything. */
  public static EcmpGroup of(String name, int[] tunnels, int[] weights) {
    if (tunnels.length != weights.length || tunnels.length > BUCKETS) {
      throw new IllegalArgumentException(
          tunnels.length + " tunnels and " + weights.length + " weights");
    }
    EcmpGroup group = empty(name);
    long total = Arrays.stream(weights).asLongStream().sum();
    double[] credit = new double[tunnels.length];
    for (int b = 0; b < BUCKETS && tunnels.length > 0; b++) {
      int richest = 0;
      for (int t = 0; t < tunnels.length; t++) {
        if (weights[t] <= 0) {
          throw new IllegalArgumentException("weight " + weights[t] + " of tunnel " + tunnels[t]);
        }
        credit[t] += (double) weights[t] / total;
        richest = credit[t] > credit[richest] + 1e-9 ? t : richest;
      }
      credit[richest] -= 1;
      group.buckets[b] = (short) tunnels[richest];
    }
    return group;
  }

  /** How many buckets name this tunnel. */
  public int share(int tunnel) {
    int n = 0;
    for (short b : buckets) {
      n += b == tunnel ? 1 : 0;
    }
    return n;
  }

  /** Whether flows may stay on this tunnel that new ones are kept from. */
  public boolean staysOn(int tunnel) {
    for (short s : stays) {
      if (s == tunnel) {
        return true;
      }
    }
    return false;
  }

  /** Whether any tunnel is usable. */
  public boolean usable() {
    return buckets[0] != NONE;
  }

  /**
   * Takes a tunnel out: only its buckets move, spread evenly over the others, each to the one with
   * the fewest so far. Without others every bucket becomes {@link #NONE}.
   */
  public EcmpGroup without(int tunnel) {
    short[] next = buckets.clone();
    int[] others = others(tunnel);
    int[] counts = Arrays.stream(others).map(this::share).toArray();
    for (int b = 0; b < BUCKETS; b++) {
      if (next[b] == tunnel) {
        int poorest = poorest(counts);
        next[b] = poorest < 0 ? NONE : (short) others[poorest];
        if (poorest >= 0) {
          counts[poorest]++;
        }
      }
    }
    return new EcmpGroup(name, next, forget(tunnel));
  }

  private short[] forget(int tunnel) {
    short[] next = stays.clone();
    for (int b = 0; b < BUCKETS; b++) {
      next[b] = next[b] == tunnel ? NONE : next[b];
    }
    return next;
  }

  /**
   * Keeps new flows from a tunnel: its buckets go to the others, each to the one with the fewest so
   * far, and the flows in them stay. Without others nothing changes.
   */
  public EcmpGroup shun(int tunnel) {
    int[] others = others(tunnel);
    if (others.length == 0) {
      return this;
    }
    short[] next = buckets.clone();
    short[] keep = stays.clone();
    int[] counts = Arrays.stream(others).map(this::share).toArray();
    for (int b = 0; b < BUCKETS; b++) {
      if (next[b] == tunnel) {
        int poorest = poorest(counts);
        next[b] = (short) others[poorest];
        keep[b] = (short) tunnel;
        counts[poorest]++;
      }
    }
    return new EcmpGroup(name, next, keep);
  }

  /**
   * Lets new flows on a tunnel again that was {@link #shun}ned, {@code share} buckets in all. They
   * are the ones that it had, and the flows that came into them meanwhile stay where they are.
   */
  public EcmpGroup readmit(int tunnel, int share) {
    short[] next = buckets.clone();
    short[] keep = stays.clone();
    int missing = share - share(tunnel);
    for (int b = 0; b < BUCKETS && missing > 0; b++) {
      if (keep[b] == tunnel && next[b] != tunnel) {
        keep[b] = next[b];
        next[b] = (short) tunnel;
        missing--;
      }
    }
    return new EcmpGroup(name, next, keep);
  }

  /**
   * Lets a tunnel have {@code share} buckets in all: those it lacks are taken one by one from
   * whichever other tunnel has the most, and from nowhere else. It never loses any here. A lone
   * tunnel gets everything. The flows in these buckets come along; what they stayed on since a
   * {@link #readmit} long past is nothing to stay on any more.
   */
  public EcmpGroup with(int tunnel, int share) {
    short[] next = buckets.clone();
    short[] keep = forget(tunnel);
    int[] others = others(tunnel);
    if (others.length == 0) {
      Arrays.fill(next, (short) tunnel);
      return new EcmpGroup(name, next, keep);
    }
    int[] counts = Arrays.stream(others).map(this::share).toArray();
    for (int missing = Math.min(share, BUCKETS) - share(tunnel); missing > 0; missing--) {
      int richest = richest(counts);
      counts[richest]--;
      int b = pick(next, others[richest], missing);
      keep[b] = keep[b] == next[b] ? NONE : keep[b];
      next[b] = (short) tunnel;
    }
    return new EcmpGroup(name, next, keep);
  }

  /** The tunnels in the table but this one, ascending. */
  private int[] others(int tunnel) {
    int[] ids = new int[BUCKETS];
    int n = 0;
    for (short b : buckets) {
      if (b != NONE && b != tunnel) {
        int at = Arrays.binarySearch(ids, 0, n, b);
        if (at < 0) {
          System.arraycopy(ids, -at - 1, ids, -at, n + at + 1);
          ids[-at - 1] = b;
          n++;
        }
      }
    }
    return Arrays.copyOf(ids, n);
  }

  private static int poorest(int[] counts) {
    int best = -1;
    for (int i = 0; i < counts.length; i++) {
      best = best < 0 || counts[i] < counts[best] ? i : best;
    }
    return best;
  }

  private static int richest(int[] counts) {
    int best = 0;
    for (int i = 1; i < counts.length; i++) {
      best = counts[i] > counts[best] ? i : best;
    }
    return best;
  }

  /** A bucket of that tunnel; the start wanders, so that what is taken lies spread out. */
  private static int pick(short[] buckets, int tunnel, int turn) {
    int b = turn * 167 & (BUCKETS - 1); // odd: visits every bucket
    while (buckets[b] != tunnel) {
      b = b + 1 & (BUCKETS - 1);
    }
    return b;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof EcmpGroup g
        && name.equals(g.name)
        && Arrays.equals(buckets, g.buckets)
        && Arrays.equals(stays, g.stays);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * name.hashCode() + Arrays.hashCode(buckets)) + Arrays.hashCode(stays);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(name).append('[');
    for (int id : others(NONE)) {
      text.append(text.charAt(text.length() - 1) == '[' ? "" : ", ");
      text.append(id).append(':').append(share(id));
    }
    return text.append(']').toString();
  }
}
