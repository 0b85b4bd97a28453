package dev.twinspan.agent.ike.message;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The two payloads of an IKE_SA_INIT request that decide whether it is worth decoding: the nonce
 * and the COOKIE. Walks the generic payload headers (RFC 7296 section 3.2) and copies nothing else,
 * so that a flood costs next to nothing.
 *
 * @param nonce its data
 * @param cookie data of N(COOKIE), which has to come first; null: none
 */
public record InitScan(byte[] nonce, byte @Nullable [] cookie) {
  private static final int HEADER = 28;
  private static final int NEXT_PAYLOAD = 16;
  private static final int GENERIC_HEADER = 4;
  private static final int NOTIFY_HEADER = 8;

  /** Null: not a chain of payloads, or one without a nonce. */
  public static @Nullable InitScan of(byte[] datagram) {
    if (datagram.length < HEADER) {
      return null;
    }
    byte[] cookie = null;
    int type = datagram[NEXT_PAYLOAD] & 0xff;
    int at = HEADER;
    for (int i = 0; i < Limits.PAYLOADS && type != 0; i++) {
      if (at + GENERIC_HEADER > datagram.length) {
        return null;
      }
      int length = u16(datagram, at + 2);
      if (length < GENERIC_HEADER || at + length > datagram.length) {
        return null;
      }
      if (type == PayloadType.NONCE) {
        return new InitScan(Arrays.copyOfRange(datagram, at + GENERIC_HEADER, at + length), cookie);
      }
      if (i == 0 && type == PayloadType.NOTIFY && isCookie(datagram, at, length)) {
        cookie = Arrays.copyOfRange(datagram, at + NOTIFY_HEADER, at + length);
      }
      type = datagram[at] & 0xff;
      at += length;
    }
    return null;
  }

  /** Protocol and SPI size are 0 (section 3.10.1). */
  private static boolean isCookie(byte[] datagram, int at, int length) {
    return length >= NOTIFY_HEADER
        && datagram[at + 5] == 0
        && u16(datagram, at + 6) == NotifyType.COOKIE;
  }

  private static int u16(byte[] datagram, int at) {
    return (datagram[at] & 0xff) << 8 | datagram[at + 1] & 0xff;
  }
}
