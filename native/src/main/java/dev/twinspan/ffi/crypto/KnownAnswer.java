package dev.twinspan.ffi.crypto;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One line of {@code known-answers.txt}, whose head describes the format and names the sources. */
sealed interface KnownAnswer {
  String name();

  /**
   * A complete ESP packet.
   *
   * @param sequenceHigh null without ESN
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Esp(
      String name,
      EspTransform transform,
      byte[] keyMaterial,
      @Nullable Integer sequenceHigh,
      byte[] packet,
      byte[] inner,
      int nextHeader)
      implements KnownAnswer {}

  /** AES-GCM; the nonce is the salt and 8 bytes of IV. */
  @SuppressWarnings("ArrayRecordComponent")
  record Gcm(
      String name,
      byte[] key,
      byte[] nonce,
      byte[] aad,
      byte[] plaintext,
      byte[] ciphertext,
      byte[] tag)
      implements KnownAnswer {}

  /** AES-CBC. */
  @SuppressWarnings("ArrayRecordComponent")
  record Cbc(String name, byte[] key, byte[] iv, byte[] plaintext, byte[] ciphertext)
      implements KnownAnswer {}

  /** HMAC, cut to the ICV's length. */
  @SuppressWarnings("ArrayRecordComponent")
  record Hmac(String name, boolean sha256, byte[] key, byte[] data, byte[] icv)
      implements KnownAnswer {}

  /** All that ship with the program. */
  static List<KnownAnswer> load() {
    try (InputStream in = KnownAnswer.class.getResourceAsStream("known-answers.txt")) {
      if (in == null) {
        throw new IOException("known-answers.txt is not on the class path");
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(KnownAnswer::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static KnownAnswer parse(String line) {
    String[] f = line.split(" ", -1);
    return switch (f[0]) {
      case "esp" ->
          new Esp(
              f[1],
              EspTransform.valueOf(f[2]),
              hex(f[3]),
              f[4].equals("-") ? null : HexFormat.fromHexDigits(f[4]),
              hex(f[5]),
              hex(f[6]),
              HexFormat.fromHexDigits(f[7]));
      case "gcm" -> new Gcm(f[1], hex(f[2]), hex(f[3]), hex(f[4]), hex(f[5]), hex(f[6]), hex(f[7]));
      case "cbc" -> new Cbc(f[1], hex(f[2]), hex(f[3]), hex(f[4]), hex(f[5]));
      case "hmac" -> new Hmac(f[1], f[2].equals("sha256"), hex(f[3]), hex(f[4]), hex(f[5]));
      default -> throw new IllegalArgumentException("known answer of kind " + f[0]);
    };
  }

  private static byte[] hex(String digits) {
    return digits.equals("-") ? new byte[0] : HexFormat.of().parseHex(digits);
  }
}
