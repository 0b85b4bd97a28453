package dev.twinspan.agent.ike.crypto;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * Published test vectors: a line each, fields between spaces; the head of a file names its source.
 */
final class Vectors {
  private Vectors() {}

  static Stream<String[]> lines(String file) {
    try (InputStream in = Vectors.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException(file + " is not on the class path");
      }
      List<String> lines =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII)).lines().toList();
      return lines.stream().filter(line -> !line.startsWith("#")).map(line -> line.split(" ", -1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] hex(String digits) {
    return digits.equals("-") ? new byte[0] : Hex.bytes(digits);
  }
}
