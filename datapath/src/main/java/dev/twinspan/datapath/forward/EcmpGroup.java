package dev.twinspan.datapath.forward;

/**
 * Resilient hashing: a fixed table of buckets, each naming a tunnel. A flow's bucket never changes;
 * what a bucket names changes only when its tunnel dies, or when a returning tunnel takes back its
 * share (DESIGN: flow affinity).
 *
 * <p>Immutable; {@code without} and {@code with} give the next table.
 *
 * @param name for status, e.g. the connection's name
 * @param buckets tunnel id per bucket, a power of two of them; -1 everywhere when no tunnel is
 *     usable
 */
public record EcmpGroup(String name, short[] buckets) {
  public static final int BUCKETS = 256;
}
