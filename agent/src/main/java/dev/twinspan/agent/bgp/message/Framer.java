package dev.twinspan.agent.bgp.message;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a TCP stream into messages. Holds less than one message, whatever comes. One thread, its
 * session's.
 */
public final class Framer {
  private byte[] buffer = new byte[0];
  private int at;
  private @Nullable DecodeError error;

  /** Adds what TCP delivered. Take all messages before adding more. */
  public void push(byte[] bytes) {
    byte[] joined = Arrays.copyOf(Arrays.copyOfRange(buffer, at, buffer.length), rest(bytes));
    System.arraycopy(bytes, 0, joined, joined.length - bytes.length, bytes.length);
    buffer = joined;
    at = 0;
  }

  private int rest(byte[] bytes) {
    return buffer.length - at + bytes.length;
  }

  /** The next whole message; empty when more bytes are needed or the stream is broken. */
  public Optional<byte[]> next() {
    if (error != null || buffer.length - at < BgpCodec.HEADER) {
      return Optional.empty();
    }
    try {
      int length = BgpCodec.checkHeader(Arrays.copyOfRange(buffer, at, at + BgpCodec.HEADER));
      if (buffer.length - at < length) {
        return Optional.empty();
      }
      at += length;
      return Optional.of(Arrays.copyOfRange(buffer, at - length, at));
    } catch (Malformed e) {
      error = e.error();
      return Optional.empty();
    }
  }

  /** Why no further message can be found: the session is to end. */
  public Optional<DecodeError> error() {
    return Optional.ofNullable(error);
  }
}
