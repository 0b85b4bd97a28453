package dev.twinspan.agent.ike.message;

import java.util.Arrays;

/**
 * Reads one structure of a message, big-endian, and never past its end. Nested structures are read
 * through readers of their own, so a lying inner length cannot reach outer bytes.
 */
final class WireReader {
  private final byte[] bytes;
  private final int end;
  private int at;
  private final String what;

  /**
   * @param what the structure's name, for errors
   */
  WireReader(byte[] bytes, String what) {
    this(bytes, 0, bytes.length, what);
  }

  WireReader(byte[] bytes, int start, int end, String what) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.what = what;
  }

  int remaining() {
    return end - at;
  }

  boolean hasRemaining() {
    return at < end;
  }

  /** Offset of the next byte from the start of the whole array. */
  int offset() {
    return at;
  }

  String what() {
    return what;
  }

  int u8() throws Malformed {
    need(1);
    return bytes[at++] & 0xff;
  }

  int u16() throws Malformed {
    need(2);
    int value = (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    at += 2;
    return value;
  }

  int u32() throws Malformed {
    return u16() << 16 | u16();
  }

  long u64() throws Malformed {
    return (long) u32() << 32 | u32() & 0xffff_ffffL;
  }

  void skip(int count) throws Malformed {
    need(count);
    at += count;
  }

  /** A copy of the next {@code count} bytes. */
  byte[] bytes(int count) throws Malformed {
    need(count);
    at += count;
    return Arrays.copyOfRange(bytes, at - count, at);
  }

  /** A copy of all that is left. */
  byte[] rest() {
    byte[] rest = Arrays.copyOfRange(bytes, at, end);
    at = end;
    return rest;
  }

  /** A reader for the next {@code count} bytes, which this one skips. */
  WireReader sub(int count, String name) throws Malformed {
    need(count);
    at += count;
    return new WireReader(bytes, at - count, at, name);
  }

  private void need(int count) throws Malformed {
    if (count > end - at) {
      throw new Malformed(new DecodeError.Truncated(what, count, end - at));
    }
  }
}
