package dev.twinspan.ffi.crypto;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Every back-end with every transform, without and with ESN. */
final class Cases {
  static final int SPI = 0xc0ffee01;

  private Cases() {}

  static Stream<Arguments> all() {
    return TestBackends.andShared().stream()
        .flatMap(
            backend ->
                Stream.of(EspTransform.values())
                    .flatMap(
                        transform ->
                            Stream.of(false, true)
                                .map(esn -> Arguments.of(new Case(backend, transform, esn)))));
  }

  /** One combination; its key material is the same on every back-end. */
  record Case(EspBackend backend, EspTransform transform, boolean esn) {
    EspEncryptor encryptor() {
      return backend.encryptor(transform, SPI, key(), esn);
    }

    EspDecryptor decryptor() {
      return backend.decryptor(transform, SPI, key(), esn);
    }

    Case oracle() {
      return new Case(new JceBackend(), transform, esn);
    }

    /** Beyond 2^32 with ESN. */
    long firstSequence() {
      return esn ? 0x7_ffff_0000L : 1;
    }

    int sequenceHigh() {
      return (int) (firstSequence() >>> 32);
    }

    byte[] key() {
      byte[] key = new byte[transform.keyMaterialLength()];
      new Random(transform.ordinal()).nextBytes(key);
      return key;
    }

    @Override
    public String toString() {
      String shared = backend instanceof SharedBackend ? " shared " : " ";
      return backend.name() + shared + transform + (esn ? " ESN" : "");
    }
  }
}
