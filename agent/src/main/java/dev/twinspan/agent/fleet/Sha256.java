package dev.twinspan.agent.fleet;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** By which both ends of the link know a configuration. */
public final class Sha256 {
  private Sha256() {}

  /** Of the UTF-8 text, in lower-case hexadecimal. */
  public static String hex(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
