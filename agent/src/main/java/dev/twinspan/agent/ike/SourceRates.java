package dev.twinspan.agent.ike;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * How often one address may begin: token buckets in a table of fixed size, found by a keyed hash,
 * so that no number of spoofed addresses makes it grow. Addresses that share a bucket share its
 * rate; the table is wide enough for a flood of 50,000 a second from random addresses to leave room
 * in each.
 */
final class SourceRates {
  private final int mask;
  private final long perSecond;
  private final long burst;
  private final long key;
  private final float[] tokens;
  private final long[] filledAt;

  /**
   * @param buckets a power of two
   * @param perSecond of one address
   */
  SourceRates(IkeContext context, int buckets, long perSecond, long burst) {
    this.mask = buckets - 1;
    this.perSecond = perSecond;
    this.burst = burst;
    this.key = ByteBuffer.wrap(context.crypto().random(8)).getLong();
    this.tokens = new float[buckets];
    this.filledAt = new long[buckets];
    Arrays.fill(tokens, burst);
  }

  /** Whether this address may begin once more now. */
  boolean take(long now, InetAddress address) {
    int bucket = bucket(address);
    long since = Math.max(0, now - filledAt[bucket]);
    filledAt[bucket] = now;
    float full = Math.min(burst, tokens[bucket] + (float) since * perSecond / Timing.SECOND);
    boolean enough = full >= 1;
    tokens[bucket] = enough ? full - 1 : full;
    return enough;
  }

  private int bucket(InetAddress address) {
    long hash = key;
    for (byte octet : address.getAddress()) {
      hash = (hash ^ octet) * 0x9e3779b97f4a7c15L;
      hash ^= hash >>> 32;
    }
    return (int) hash & mask;
  }
}
