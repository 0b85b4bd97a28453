package dev.twinspan.agent.bgp.message;

import java.util.Arrays;

/**
 * Reads one structure, big-endian, and never past its end. Callers ask {@link #remaining} first,
 * because what a short field means (RFC 7606) differs from place to place.
 */
final class WireReader {
  private final byte[] bytes;
  private final int end;
  private int at;

  WireReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private WireReader(byte[] bytes, int start, int end) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  int remaining() {
    return end - at;
  }

  boolean has(int count) {
    return count <= end - at;
  }

  int u8() {
    need(1);
    return bytes[at++] & 0xff;
  }

  /** The next octet, which stays. */
  int peek() {
    need(1);
    return bytes[at] & 0xff;
  }

  int u16() {
    need(2);
    int value = (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    at += 2;
    return value;
  }

  int u32() {
    return u16() << 16 | u16();
  }

  long asn(boolean fourOctets) {
    return fourOctets ? u32() & 0xffff_ffffL : u16();
  }

  byte[] bytes(int count) {
    need(count);
    at += count;
    return Arrays.copyOfRange(bytes, at - count, at);
  }

  byte[] rest() {
    return bytes(remaining());
  }

  /** A reader for the next {@code count} bytes, which this one skips. */
  WireReader sub(int count) {
    need(count);
    at += count;
    return new WireReader(bytes, at - count, at);
  }

  private void need(int count) {
    if (count > end - at) {
      throw new IllegalStateException("read of %d with %d left".formatted(count, end - at));
    }
  }
}
