package dev.twinspan.agent.ike.crypto;

import java.util.HexFormat;

/** Hex as standards print it, blanks and all. */
public final class Hex {
  private Hex() {}

  public static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
  }

  public static String text(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
