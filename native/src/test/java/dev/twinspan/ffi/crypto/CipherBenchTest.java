package dev.twinspan.ffi.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinspan.ffi.crypto.CipherBench.Cost;
import dev.twinspan.ffi.crypto.CipherBench.Figures;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every packet that is measured really goes through, by ours and by the library alone. */
class CipherBenchTest {
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final int LENGTH = 1408;

  static List<EspBackend> backends() {
    return TestBackends.list();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void shouldMeasureEveryTransformAtBothKindsOfPackets(EspBackend backend) {
    for (EspTransform transform : EspTransform.values()) {
      for (int length : new int[] {32, 64, 1438, 1488}) {
        Figures figures = CipherBench.measure(backend, transform, length, SHORT);
        assertThat(figures.rounds()).as("%s %s", transform, length).isPositive();
        positive(figures.esp());
        if (backend instanceof ShimBackend) {
          positive(Objects.requireNonNull(figures.library()));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void shouldTakeOurOwnShareApart(EspBackend backend) {
    CipherBench.Parts parts =
        CipherBench.parts(backend, EspTransform.AES_GCM_256, 1438, Duration.ofMillis(100));
    assertThat(parts.copy().least()).isPositive().isLessThanOrEqualTo(parts.copy().median());
    assertThat(parts.checksum().out().median()).isNotNegative();
    assertThat(parts.checksum().in().least()).isNotNegative();
  }

  @Test
  void shouldTakeTheMedianOfSeveralTurns() {
    Figures figures =
        Figures.of(List.of(turn(400, 300, 10), turn(800, 500, 20), turn(420, 310, 30)));
    assertThat(figures.esp().out().median()).isEqualTo(420);
    assertThat(figures.esp().in().median()).isEqualTo(421);
    assertThat(figures.esp().out().least()).isEqualTo(399);
    assertThat(Objects.requireNonNull(figures.library()).out().median()).isEqualTo(310);
    assertThat(figures.rounds()).isEqualTo(60);
  }

  private static Figures turn(double esp, double library, int rounds) {
    return new Figures(
        "ipsec-mb", EspTransform.AES_GCM_256, 1438, cost(esp), cost(library), rounds);
  }

  private static Cost cost(double median) {
    return new Cost(
        new CipherBench.Nanos(median, median - 1), new CipherBench.Nanos(median + 1, median));
  }

  private static void positive(Cost cost) {
    assertThat(cost.out().least()).isPositive().isLessThanOrEqualTo(cost.out().median());
    assertThat(cost.in().least()).isPositive().isLessThanOrEqualTo(cost.in().median());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void shouldSealAndOpenBareAndTakeNoSequenceTwice(EspBackend backend) {
    if (!(backend instanceof ShimBackend shim)) {
      return; // the JDK's ciphers have no batches
    }
    for (EspTransform transform : EspTransform.values()) {
      byte[] key = new byte[transform.keyMaterialLength()];
      int stride = LENGTH + transform.icvLength();
      try (Arena arena = Arena.ofConfined();
          ShimEncryptor sealer = shim.encryptor(transform, 1, key, true);
          ShimDecryptor opener = shim.decryptor(transform, 1, key, true)) {
        MemorySegment texts = arena.allocate(3L * stride);
        texts.fill((byte) 7);
        byte[] plain = texts.asSlice(0, LENGTH).toArray(ValueLayout.JAVA_BYTE);

        assertThat(sealer.run(10, texts, stride, LENGTH, 3)).isEqualTo(3);
        assertThat(texts.asSlice(0, LENGTH).toArray(ValueLayout.JAVA_BYTE)).isNotEqualTo(plain);
        assertThat(sealer.run(12, texts, stride, LENGTH, 3)).as("12 was used").isNegative();
        long spoilt = 2L * stride + 5;
        texts.set(ValueLayout.JAVA_BYTE, spoilt, (byte) ~texts.get(ValueLayout.JAVA_BYTE, spoilt));
        assertThat(opener.run(10, texts, stride, LENGTH, 3)).as("one is forged").isEqualTo(2);
        for (int i = 0; i < 2; i++) {
          byte[] opened = texts.asSlice((long) i * stride, LENGTH).toArray(ValueLayout.JAVA_BYTE);
          assertThat(opened).isEqualTo(plain);
        }
      }
    }
  }

  @Test
  void shouldRefuseLengthsThatDoNotFit() {
    for (EspBackend backend : TestBackends.list()) {
      if (backend instanceof ShimBackend shim) {
        byte[] key = new byte[EspTransform.AES_GCM_256.keyMaterialLength()];
        try (Arena arena = Arena.ofConfined();
            ShimEncryptor sealer = shim.encryptor(EspTransform.AES_GCM_256, 1, key, true)) {
          MemorySegment texts = arena.allocate(65 * 64);
          assertThat(sealer.run(1, texts, 64, 50, 1)).as("not a multiple of 4").isNegative();
          assertThat(sealer.run(1, texts, 64, 52, 1)).as("no room for the ICV").isNegative();
          assertThat(sealer.run(1, texts, 64, 48, 65)).as("more than 64").isNegative();
          assertThat(sealer.run(1, texts, 64, 48, 0)).as("none").isNegative();
          assertThatThrownBy(() -> sealer.run(1, texts, 64, 48, 66))
              .isInstanceOf(IndexOutOfBoundsException.class);
        }
      }
    }
    assertThatThrownBy(
            () -> CipherBench.measure(new JceBackend(), EspTransform.AES_GCM_256, 1500, SHORT))
        .hasMessageContaining("1500 bytes, expected 32 to 1488");
  }
}
