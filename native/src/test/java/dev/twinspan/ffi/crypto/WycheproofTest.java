package dev.twinspan.ffi.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code wycheproof-aes-gcm.txt} on every back-end. */
class WycheproofTest {
  record Vector(
      String id,
      boolean valid,
      byte[] key,
      byte[] nonce,
      byte[] aad,
      byte[] message,
      byte[] ciphertext,
      byte[] tag) {}

  static Stream<EspBackend> backends() {
    return TestBackends.list().stream();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void shouldGiveWycheproofsAnswers(EspBackend backend) throws IOException {
    List<Vector> vectors = load();
    for (Vector v : vectors) {
      EspTransform transform = transform(v.key().length);
      byte[] keyMaterial = concat(v.key(), Arrays.copyOf(v.nonce(), 4));
      byte[] iv = Arrays.copyOfRange(v.nonce(), 4, 12);
      byte[] sealed = concat(v.ciphertext(), v.tag());
      try (EspEncryptor encryptor = backend.encryptor(transform, 1, keyMaterial, false);
          EspDecryptor decryptor = backend.decryptor(transform, 1, keyMaterial, false)) {
        byte[] opened = ((RawOpen) decryptor).openRaw(iv, v.aad(), sealed);
        assertThat(opened).as("open %s", v.id()).isEqualTo(v.valid() ? v.message() : null);
        byte[] ours = ((RawSeal) encryptor).sealRaw(iv, v.aad(), v.message());
        assertThat(Arrays.equals(ours, sealed)).as("seal %s", v.id()).isEqualTo(v.valid());
      }
    }
    assertThat(vectors).hasSize(197);
    assertThat(vectors).filteredOn(v -> !v.valid()).hasSizeGreaterThan(50);
  }

  private static EspTransform transform(int keyLength) {
    return switch (keyLength) {
      case 16 -> EspTransform.AES_GCM_128;
      case 24 -> EspTransform.AES_GCM_192;
      case 32 -> EspTransform.AES_GCM_256;
      default -> throw new AssertionError("key of %d bytes".formatted(keyLength));
    };
  }

  private static List<Vector> load() throws IOException {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    WycheproofTest.class.getResourceAsStream("wycheproof-aes-gcm.txt")),
                StandardCharsets.US_ASCII))) {
      return in.lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" "))
          .map(
              f ->
                  new Vector(
                      f[0],
                      f[1].equals("valid"),
                      hex(f[2]),
                      hex(f[3]),
                      hex(f[4]),
                      hex(f[5]),
                      hex(f[6]),
                      hex(f[7])))
          .toList();
    }
  }

  private static byte[] hex(String digits) {
    return digits.equals("-") ? new byte[0] : HexFormat.of().parseHex(digits);
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
