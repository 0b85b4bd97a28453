package dev.twinspan.agent.ike;

import dev.twinspan.agent.ike.crypto.PrfAlgorithm;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Stateless cookies, RFC 7296 section 2.6: {@code version | prf(secret, Ni | IPi | port | SPIi)}.
 * The secret changes each minute; the one before it is still good.
 */
final class Cookies {
  private static final long ROTATION = 60 * Timing.SECOND;

  private final IkeContext context;
  private byte[] secret;
  private byte[] previous;
  private int version;
  private long rotateAt;

  Cookies(IkeContext context) {
    this.context = context;
    this.secret = context.crypto().random(32);
    this.previous = secret;
    this.rotateAt = Long.MIN_VALUE;
  }

  /** The cookie to demand from this initiator. */
  byte[] demand(InetSocketAddress remote, long initiatorSpi, byte[] ni) {
    rotate();
    return cookie(version, secret, remote, initiatorSpi, ni);
  }

  /** Whether {@code seen} is one we demanded from this initiator, within the last two minutes. */
  boolean isValid(byte[] seen, InetSocketAddress remote, long initiatorSpi, byte[] ni) {
    rotate();
    byte[] current = cookie(version, secret, remote, initiatorSpi, ni);
    byte[] before = cookie(version - 1, previous, remote, initiatorSpi, ni);
    return MessageDigest.isEqual(current, seen) | MessageDigest.isEqual(before, seen);
  }

  private void rotate() {
    if (context.now() < rotateAt) {
      return;
    }
    boolean skipped = rotateAt == Long.MIN_VALUE || context.now() - rotateAt >= ROTATION;
    byte[] fresh = context.crypto().random(32);
    previous = skipped ? fresh : secret;
    secret = fresh;
    version++;
    rotateAt = context.in(ROTATION);
  }

  private byte[] cookie(
      int version, byte[] secret, InetSocketAddress remote, long initiatorSpi, byte[] ni) {
    int port = remote.getPort();
    byte[] mac =
        context
            .crypto()
            .prf(
                PrfAlgorithm.HMAC_SHA2_256,
                secret,
                ni,
                remote.getAddress().getAddress(),
                new byte[] {(byte) (port >>> 8), (byte) port},
                Payloads.spi(initiatorSpi));
    byte[] cookie = Arrays.copyOf(mac, 1 + 24);
    System.arraycopy(mac, 0, cookie, 1, 24);
    cookie[0] = (byte) version;
    return cookie;
  }
}
