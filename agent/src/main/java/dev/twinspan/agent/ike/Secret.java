package dev.twinspan.agent.ike;

import java.security.MessageDigest;
import java.util.Arrays;

/** A secret that never prints and compares in constant time. For one thread at a time. */
public final class Secret {
  private final byte[] bytes;
  private boolean destroyed;

  public Secret(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  /**
   * The bytes themselves, not a copy: not to be kept or changed.
   *
   * @throws IllegalStateException after {@link #destroy}: a key of zeros would be everybody's
   */
  public byte[] bytes() {
    if (destroyed) {
      throw new IllegalStateException("the secret was destroyed");
    }
    return bytes;
  }

  /** Zeroes it. */
  public void destroy() {
    destroyed = true;
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret that
        && destroyed == that.destroyed
        && MessageDigest.isEqual(bytes, that.bytes);
  }

  /** Tells nothing of the content. */
  @Override
  public int hashCode() {
    return bytes.length;
  }

  @Override
  public String toString() {
    return "Secret[***]";
  }
}
