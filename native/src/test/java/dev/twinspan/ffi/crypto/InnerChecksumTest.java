package dev.twinspan.ffi.crypto;

import static dev.twinspan.ffi.crypto.DecapVector.CHECKSUM_BAD;
import static dev.twinspan.ffi.crypto.DecapVector.CHECKSUM_GOOD;
import static dev.twinspan.ffi.crypto.DecapVector.CHECKSUM_UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.ffi.crypto.Cases.Case;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What each back-end says of the inner packet's checksum. */
class InnerChecksumTest {
  private static Stream<Arguments> packets() {
    return TestBackends.andShared().stream()
        .flatMap(
            backend ->
                Stream.of(
                    row(backend, "TCP on IPv4", true, true, p -> p, CHECKSUM_GOOD),
                    row(backend, "TCP on IPv6", false, true, p -> p, CHECKSUM_GOOD),
                    row(backend, "UDP on IPv4", true, false, p -> p, CHECKSUM_GOOD),
                    row(backend, "UDP on IPv6", false, false, p -> p, CHECKSUM_GOOD),
                    row(backend, "payload", true, true, flip(70), CHECKSUM_BAD),
                    row(backend, "last byte", false, false, flip(-1), CHECKSUM_BAD),
                    row(backend, "address", false, true, flip(12), CHECKSUM_BAD),
                    row(backend, "IPv4 header", true, true, flip(8), CHECKSUM_BAD),
                    row(backend, "IPv6 hop limit", false, true, flip(7), CHECKSUM_GOOD),
                    row(backend, "no UDP checksum", true, false, zero(26), CHECKSUM_UNKNOWN),
                    row(backend, "UDP length", false, false, flip(45), CHECKSUM_UNKNOWN),
                    row(backend, "fragment", true, true, v4(6, 0x2000), CHECKSUM_UNKNOWN),
                    row(backend, "last fragment", true, true, v4(6, 0x0010), CHECKSUM_UNKNOWN),
                    row(backend, "ICMP", true, true, v4(8, 0x4001), CHECKSUM_UNKNOWN),
                    row(backend, "IPv6 fragment", false, true, set(6, 44), CHECKSUM_UNKNOWN),
                    row(backend, "total length", true, true, v4(2, 1000), CHECKSUM_UNKNOWN),
                    row(backend, "payload length", false, true, set(4, 9), CHECKSUM_UNKNOWN),
                    row(backend, "header length", true, true, v4(0, 0x4400), CHECKSUM_UNKNOWN),
                    row(backend, "version", true, true, set(0, 0x55), CHECKSUM_UNKNOWN),
                    row(
                        backend,
                        "TFC padding",
                        true,
                        true,
                        p -> Arrays.copyOf(p, 300),
                        CHECKSUM_GOOD),
                    row(
                        backend,
                        "TFC padding",
                        false,
                        false,
                        p -> Arrays.copyOf(p, 300),
                        CHECKSUM_GOOD),
                    row(
                        backend,
                        "cut IPv4",
                        true,
                        true,
                        p -> Arrays.copyOf(p, 19),
                        CHECKSUM_UNKNOWN),
                    row(
                        backend,
                        "cut IPv6",
                        false,
                        true,
                        p -> Arrays.copyOf(p, 39),
                        CHECKSUM_UNKNOWN),
                    row(backend, "nothing", true, true, _ -> new byte[0], CHECKSUM_UNKNOWN)));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("packets")
  void shouldTellGoodFromBadFromUnknown(
      EspBackend backend, String what, boolean v4, byte[] inner, int expected) throws Exception {
    Case c = new Case(backend, EspTransform.AES_GCM_256, false);
    JceCipher cipher = JceCipher.of(c.transform(), c.key(), false);
    byte[] text = Arrays.copyOf(inner, (inner.length + 2 + 3) / 4 * 4);
    int padding = text.length - 2 - inner.length;
    for (int i = 0; i < padding; i++) {
      text[inner.length + i] = (byte) (i + 1);
    }
    text[text.length - 2] = (byte) padding;
    text[text.length - 1] = (byte) (v4 ? 4 : 41);
    try (Vectors vectors = new Vectors();
        EspDecryptor decryptor = c.decryptor()) {
      Vectors.Opened opened = vectors.decapsulate(decryptor, cipher.protect(Cases.SPI, 1, text), 0);

      assertThat(opened.status()).isZero();
      assertThat(opened.inner()).isEqualTo(inner);
      assertThat(opened.checksum()).as(what).isEqualTo(expected);
    }
  }

  private static Arguments row(
      EspBackend backend,
      String what,
      boolean v4,
      boolean tcp,
      UnaryOperator<byte[]> change,
      int expected) {
    return Arguments.of(backend, what, v4, change.apply(complete(v4, tcp)), expected);
  }

  /** An odd number of payload bytes, its checksum completed. */
  private static byte[] complete(boolean v4, boolean tcp) {
    InnerPacket p = InnerPacket.of(v4, tcp, 101, 0, new Random(9));
    Case c = new Case(new JceBackend(), EspTransform.AES_GCM_256, false);
    try (Vectors vectors = new Vectors();
        EspEncryptor encryptor = c.encryptor();
        EspDecryptor decryptor = c.decryptor()) {
      MemorySegment vector = vectors.encapVector(1);
      vectors.set(vector, 0, p, 400, 1);
      encryptor.encapsulate(vector, 1);
      byte[] packet = Vectors.sealed(vector, 0).packets().getFirst();
      byte[] inner = vectors.decapsulate(decryptor, packet, 0).inner();
      assertThat(p.faultsOf(inner, 0)).isEmpty();
      return inner;
    }
  }

  private static UnaryOperator<byte[]> flip(int at) {
    return p -> {
      p[at < 0 ? p.length + at : at] ^= 0x10;
      return p;
    };
  }

  private static UnaryOperator<byte[]> zero(int at) {
    return p -> {
      p[at] = 0;
      p[at + 1] = 0;
      return p;
    };
  }

  private static UnaryOperator<byte[]> set(int at, int value) {
    return p -> {
      p[at] = (byte) value;
      return p;
    };
  }

  /** Sets 16 bits of an IPv4 header and makes its checksum right again. */
  private static UnaryOperator<byte[]> v4(int at, int value) {
    return p -> {
      p[at] = (byte) (value >> 8);
      p[at + 1] = (byte) value;
      p[10] = 0;
      p[11] = 0;
      int sum = ~InnerPacket.sum(p, 0, (p[0] & 15) * 4);
      p[10] = (byte) (sum >> 8);
      p[11] = (byte) sum;
      return p;
    };
  }
}
