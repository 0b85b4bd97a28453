package dev.twinspan.agent.ike.message;

import dev.twinspan.agent.wire.OctetReader;

/** Reads one structure of an IKE message; one that is too short is {@link Malformed}. */
final class WireReader extends OctetReader<Malformed> {
  private final String what;

  /**
   * @param what the structure's name, for errors
   */
  WireReader(byte[] bytes, String what) {
    this(bytes, 0, bytes.length, what);
  }

  WireReader(byte[] bytes, int start, int end, String what) {
    super(bytes, start, end);
    this.what = what;
  }

  boolean hasRemaining() {
    return remaining() > 0;
  }

  String what() {
    return what;
  }

  /** A reader for the next {@code count} bytes, which this one skips. */
  WireReader sub(int count, String name) throws Malformed {
    skip(count);
    return new WireReader(whole(), offset() - count, offset(), name);
  }

  @Override
  protected Malformed tooShort(int wanted, int left) {
    return new Malformed(new DecodeError.Truncated(what, wanted, left));
  }
}
