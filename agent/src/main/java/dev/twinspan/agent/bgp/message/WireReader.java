package dev.twinspan.agent.bgp.message;

import dev.twinspan.agent.wire.OctetReader;

/**
 * Reads one structure of a BGP message. Callers ask {@link #has} first, because what a short field
 * means (RFC 7606) differs from place to place.
 */
final class WireReader extends OctetReader<IllegalStateException> {
  WireReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private WireReader(byte[] bytes, int start, int end) {
    super(bytes, start, end);
  }

  boolean has(int count) {
    return count <= remaining();
  }

  long asn(boolean fourOctets) {
    return fourOctets ? u32() & 0xffff_ffffL : u16();
  }

  /** A reader for the next {@code count} bytes, which this one skips. */
  WireReader sub(int count) {
    skip(count);
    return new WireReader(whole(), offset() - count, offset());
  }

  @Override
  protected IllegalStateException tooShort(int wanted, int left) {
    return new IllegalStateException("read of %d with %d left".formatted(wanted, left));
  }
}
