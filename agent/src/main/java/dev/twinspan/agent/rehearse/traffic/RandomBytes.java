package dev.twinspan.agent.rehearse.traffic;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.SplittableRandom;

/** The contents of a file that both ends can make from a seed, and its SHA-256. */
final class RandomBytes {
  private final SplittableRandom random;

  RandomBytes(long seed) {
    random = new SplittableRandom(seed);
  }

  void next(byte[] buffer) {
    random.nextBytes(buffer);
  }

  static byte[] digestOf(long seed, long length) {
    MessageDigest digest = sha256();
    RandomBytes bytes = new RandomBytes(seed);
    byte[] buffer = new byte[FileTransfer.CHUNK];
    for (long left = length; left > 0; left -= buffer.length) {
      bytes.next(buffer);
      digest.update(buffer, 0, (int) Math.min(left, buffer.length));
    }
    return digest.digest();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
