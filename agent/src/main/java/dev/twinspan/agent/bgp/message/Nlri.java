package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.config.Prefix;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A destination: an IPv4 or IPv6 prefix without host bits. Two longs rather than {@link Prefix},
 * because a session brings thousands and all must be through the RIBs within one turn of the
 * control loop.
 *
 * @param high the address's first 64 bits; an IPv4 address is its first 32
 * @param low the rest of an IPv6 address
 * @param length 0 to 32 or 128
 */
public record Nlri(Family family, long high, long low, int length) implements Comparable<Nlri> {
  public Nlri {
    if (length < 0 || length > family.bits()) {
      throw new IllegalArgumentException("prefix length %d of %s".formatted(length, family));
    }
    // Host bits on the wire have no meaning (RFC 4271 section 4.3); two spellings are one route.
    high &= mask(length);
    low &= mask(length - 64);
  }

  private static long mask(int ones) {
    return ones <= 0 ? 0 : ones >= 64 ? -1L : -1L << (64 - ones);
  }

  /**
   * @param bytes as many as {@code length} takes, or more
   */
  static Nlri of(Family family, byte[] bytes, int length) {
    byte[] whole = new byte[16];
    System.arraycopy(bytes, 0, whole, 0, Math.min(bytes.length, family.bits() / Byte.SIZE));
    ByteBuffer address = ByteBuffer.wrap(whole);
    return new Nlri(family, address.getLong(), address.getLong(), length);
  }

  public static Nlri of(Prefix prefix) {
    return of(
        prefix.isIpv6() ? Family.IPV6_UNICAST : Family.IPV4_UNICAST,
        prefix.address().getAddress(),
        prefix.length());
  }

  public Prefix toPrefix() {
    return new Prefix(address(), length);
  }

  public InetAddress address() {
    try {
      return InetAddress.getByAddress(addressBytes());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 or 16 bytes", e);
    }
  }

  /** Bytes of the prefix on the wire, behind its length. */
  int byteLength() {
    return (length + 7) / Byte.SIZE;
  }

  /** 4 or 16 bytes. */
  byte[] addressBytes() {
    byte[] whole = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    return family == Family.IPV4_UNICAST ? Arrays.copyOf(whole, 4) : whole;
  }

  /** Whether this prefix is the other or holds it. */
  public boolean contains(Nlri other) {
    return family == other.family
        && length <= other.length
        && (other.high & mask(length)) == high
        && (other.low & mask(length - 64)) == low;
  }

  public boolean overlaps(Nlri other) {
    return contains(other) || other.contains(this);
  }

  public boolean isDefault() {
    return length == 0;
  }

  @Override
  public int compareTo(Nlri other) {
    int order = family.compareTo(other.family);
    order = order != 0 ? order : Long.compareUnsigned(high, other.high);
    order = order != 0 ? order : Long.compareUnsigned(low, other.low);
    return order != 0 ? order : Integer.compare(length, other.length);
  }

  @Override
  public int hashCode() {
    // Prefixes of one site differ in few bits: mixed, so that they do not share buckets.
    long mixed = (high ^ Long.rotateLeft(low, 32) ^ length) * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 32);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Nlri(Family f, long h, long l, int n)
        && high == h
        && low == l
        && length == n
        && family == f;
  }

  @Override
  public String toString() {
    return toPrefix().toString();
  }
}
