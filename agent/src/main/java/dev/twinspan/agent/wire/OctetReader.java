package dev.twinspan.agent.wire;

import java.util.Arrays;

/**
 * Reads one structure of a message, big-endian, and never past its end. Nested structures are read
 * through readers of their own, so a lying inner length cannot reach outer bytes.
 *
 * @param <E> what a structure that ends too early is: a protocol's own error, or a mistake of the
 *     caller where it must ask {@link #remaining} first
 */
public abstract class OctetReader<E extends Exception> {
  private final byte[] bytes;
  private final int end;
  private int at;

  protected OctetReader(byte[] bytes, int start, int end) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** The error for a read of {@code wanted} octets where only {@code left} are. */
  protected abstract E tooShort(int wanted, int left);

  public final int remaining() {
    return end - at;
  }

  /** Offset of the next octet from the start of the whole array. */
  public final int offset() {
    return at;
  }

  public final int u8() throws E {
    need(1);
    return bytes[at++] & 0xff;
  }

  /** The next octet, which stays. */
  public final int peek() throws E {
    need(1);
    return bytes[at] & 0xff;
  }

  public final int u16() throws E {
    need(2);
    int value = (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    at += 2;
    return value;
  }

  public final int u32() throws E {
    return u16() << 16 | u16();
  }

  public final long u64() throws E {
    return (long) u32() << 32 | u32() & 0xffff_ffffL;
  }

  public final void skip(int count) throws E {
    need(count);
    at += count;
  }

  /** A copy of the next {@code count} octets. */
  public final byte[] bytes(int count) throws E {
    need(count);
    at += count;
    return Arrays.copyOfRange(bytes, at - count, at);
  }

  /** A copy of all that is left. */
  public final byte[] rest() {
    byte[] rest = Arrays.copyOfRange(bytes, at, end);
    at = end;
    return rest;
  }

  /** The array under this reader and all nested ones. */
  protected final byte[] whole() {
    return bytes;
  }

  private void need(int count) throws E {
    if (count > end - at) {
      throw tooShort(count, end - at);
    }
  }
}
